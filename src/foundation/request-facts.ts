/** What the rules may know of the request that asked: for audit events, logs and rate limits. */
export interface RequestFacts {
  requestId: string;
  /** The caller's IP address, believed only as far as the trusted proxies are. */
  address: string;
}
