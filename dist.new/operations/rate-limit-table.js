// Every rate limit there is. A number here weighs two harms: what an attacker may try, and whom he can lock out.
const MINUTE = 60;
const HOUR = 60 * MINUTE;
export const RATE_LIMITS = {
    /** Key: login and address. Guessing at one account from one place. */
    signInByAccountAndAddress: {
        points: 10,
        seconds: 15 * MINUTE,
        blockSeconds: [15 * MINUTE, 30 * MINUTE, HOUR],
    },
    /**
     * Key: login. Guessing from many places. High, and never longer than its window: whoever exceeds it locks out
     * the owner too, so it must cost the attacker many addresses and last a short time.
     */
    signInByAccount: { points: 100, seconds: 15 * MINUTE },
    /** Key: address. Trying one password on many accounts; successes are given back, so offices behind one NAT fit. */
    signInByAddress: { points: 100, seconds: 15 * MINUTE },
    /** Key: client and address. Failed client authentication and invalid grants. */
    tokenFailures: { points: 60, seconds: MINUTE },
    /** Key: address. User codes have 20^8 values; a device code lives ten minutes. */
    deviceUserCodes: { points: 20, seconds: 10 * MINUTE },
    /** Key: address. Dynamic client registration. */
    registration: { points: 20, seconds: HOUR },
    /** Key: address. Whatever leaves a row behind for a caller that is nobody yet: authorization requests and the like. */
    anonymousRows: { points: 300, seconds: MINUTE, lease: 10 },
    /** Key: address. The one-time setup link. */
    setup: { points: 10, seconds: 15 * MINUTE, blockSeconds: [15 * MINUTE, HOUR] },
    /** Key: address. Forms that failed the forgery check, each of which leaves an audit event. */
    forgedForms: { points: 30, seconds: MINUTE },
};
//# sourceMappingURL=rate-limit-table.js.map