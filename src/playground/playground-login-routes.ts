// The steps of a login: the request before it is sent, the way to the server, the answer and the redemption of its code.
import type { Router } from '@koa/router';
import type { Context } from 'koa';
import * as z from 'zod';
import { DomainError } from '../foundation/errors.ts';
import { assertNotForged, csrfToken } from '../http/csrf.ts';
import { readForm, readQuery } from '../http/input.ts';
import { render } from '../http/render.ts';
import type { PlaygroundViews } from '../http/playground-views.ts';
import type { RegisteredClient } from '../protocol/clients/registered-client.ts';
import { checkAnswer } from './answer-checks.ts';
import { explainFailure, explainRefusal, SECRET_ENDED } from './explained-failure.ts';
import { explainAnswer, explainRequest } from './explained-parts.ts';
import { describeClient, getPlayedClient, hasSecret } from './playground-clients.ts';
import { clientOf, clientPath, goTo, type PlaygroundDeps } from './playground-routes.ts';
import { PENDING_SECONDS, type PendingLogin } from './playground-state.ts';
import * as party from './relying-party.ts';
import { loginForm, toChoices } from './request-choices.ts';
import { showTokens } from './tokens-page.ts';
