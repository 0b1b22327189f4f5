const REFUSALS = [
    'authorization.error',
    'pushed_authorization_request.error',
    'device_authorization.error',
    'device_resume.error',
    'code_verification.error',
    'grant.error',
    'introspection.error',
    'revocation.error',
    'userinfo.error',
    'end_session.error',
    'end_session_confirm.error',
    'registration_create.error',
    'registration_read.error',
    'registration_update.error',
    'registration_delete.error',
];
export function recordProviderEvents(provider, { log }) {
    const emitter = provider;
    for (const event of REFUSALS) {
        emitter.on(event, (ctx, error) => {
            ctx.state['refusal'] = { event, error };
        });
    }
    emitter.on('server_error', (ctx, error) => {
        ctx.state['serverError'] = error;
    });
    emitter.on('backchannel.error', (_, err, client) => {
        log.warn({ err, clientId: client.clientId }, 'back-channel logout was not received');
    });
    emitter.on('grant.success', (ctx) => {
        ctx.state['issuedBy'] = ctx.oidc.params?.['grant_type'];
    });
}
export const refusalOf = (ctx) => ctx.state['refusal'];
export const serverErrorOf = (ctx) => ctx.state['serverError'];
//# sourceMappingURL=provider-events.js.map