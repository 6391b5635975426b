// What CloudWatch Logs looks for in the functions' lines, each a JSON object (`lib/log.ts`). Tests hold them against lines that the
// code writes.

/**
 * A call that a service did not answer well: down, unreachable, too slow, or with a key that it no longer takes. A model on the ML node
 * that is asleep is none of these: calls run out of time while it wakes.
 */
export const providerFailure =
  '{ ($.message = "request") && ($.service = "*") && (($.status >= 500) || (($.status = 408) && ($.service != "elasticsearch")) || ($.error_type = "timeout_exception") || ($.failure.name = "OutboundError") || (($.status >= 400) && (($.service_status >= 500) || ($.service_status = 401) || ($.service_status = 403)))) }';

/** Written at most once a minute by a process whose limits are its own for now. */
export const limitTableDown = '{ $.message = "The rate-limit table is slow or down*" }';

/** Written when what was read before serves in the store's place. */
export const storeDown =
  '{ ($.message = "The store does not answer*") || ($.message = "The store of API keys does not answer*") }';
