// The pages where a person looks after their account. All of it is about whoever is signed in: every object is looked up
// through its owner, so that what belongs to somebody else is simply not found.
import { Router } from '@koa/router';
import { accountAppRoutes, type AppRouteDeps } from './account-app-routes.ts';
import {
  accountAuthenticatorRoutes,
  type AuthenticatorRouteDeps,
} from './account-authenticator-routes.ts';
import { accountBrowserRoutes, type BrowserRouteDeps } from './account-browser-routes.ts';
import { accountDataRoutes, type DataRouteDeps } from './account-data-routes.ts';
import { accountDeletionRoutes, type DeletionRouteDeps } from './account-deletion-routes.ts';
import { doorRoutes } from './account-door-routes.ts';
import { accountEmailRoutes, type EmailRouteDeps } from './account-email-routes.ts';
import { accountHistoryRoutes } from './account-history-routes.ts';
import { type AccountPasskeyRouteDeps, accountPasskeyRoutes } from './account-passkey-routes.ts';
import { accountPasswordRoutes, type PasswordRouteDeps } from './account-password-routes.ts';
import { accountPictureRoutes, type PictureRouteDeps } from './account-picture-routes.ts';
import { accountProfileRoutes, type ProfileRouteDeps } from './account-profile-routes.ts';
import { accountRecoveryCodeRoutes } from './account-recovery-code-routes.ts';
import { accountSessionRoutes } from './account-session-routes.ts';

type Deps = AppRouteDeps &
  AccountPasskeyRouteDeps &
  AuthenticatorRouteDeps &
  BrowserRouteDeps &
  DataRouteDeps &
  DeletionRouteDeps &
  EmailRouteDeps &
  PasswordRouteDeps &
  PictureRouteDeps &
  ProfileRouteDeps;

export function accountRoutes(deps: Deps): Router {
  const router = new Router();
  const pages = [
    doorRoutes(deps),
    accountProfileRoutes(deps),
    accountPictureRoutes(deps),
    accountEmailRoutes(deps),
    accountPasswordRoutes(deps),
    accountPasskeyRoutes(deps),
    accountAuthenticatorRoutes(deps),
    accountRecoveryCodeRoutes(deps),
    accountBrowserRoutes(deps), // before the sessions, one of which might be called like it
    accountSessionRoutes(deps),
    accountAppRoutes(deps),
    accountHistoryRoutes(deps),
    accountDataRoutes(deps),
    accountDeletionRoutes(deps),
  ];
  for (const page of pages) router.use(page.routes());
  return router;
}
