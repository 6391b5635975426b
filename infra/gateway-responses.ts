import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';

/** A JSON string: what API Gateway says about the request, with its quotes. */
const gatewayMessage = '$context.error.messageString';

/** Elasticsearch's error envelope; `reason` is JSON text. */
const envelope = (type: string, reason: string, status?: number): string => {
  const error = `"type":"${type}","reason":${reason}`;
  return `{"error":{"root_cause":[{${error}}],${error}}${status === undefined ? '' : `,"status":${status}`}}`;
};

type GatewayError = {
  readonly id: string;
  readonly gatewayType: ResponseType;
  /** Of the body, and of the answer where API Gateway's own would be another. */
  readonly status?: number;
  readonly type: string;
  /** JSON text. */
  readonly reason: string;
};

/**
 * API Gateway's own errors. Elasticsearch's clients send a request again after 502, 503 and 504: right only where nothing has run,
 * so what fails after a function began is a 500.
 */
const gatewayErrors: readonly GatewayError[] = [
  {
    id: 'NotStarted',
    gatewayType: ResponseType.INTEGRATION_FAILURE,
    status: 503,
    type: 'status_exception',
    reason: '"The request could not be handed on; nothing of it has run"',
  },
  {
    id: 'Failed',
    gatewayType: ResponseType.DEFAULT_5XX,
    status: 500,
    type: 'exception',
    reason: '"The request failed on its way"',
  },
  {
    id: 'Throttled',
    gatewayType: ResponseType.THROTTLED,
    status: 429,
    type: 'es_rejected_execution_exception',
    reason: gatewayMessage,
  },
  {
    // From 6 MB: above 10 MB API Gateway says so in its own words, which nothing changes.
    id: 'TooLarge',
    gatewayType: ResponseType.REQUEST_TOO_LARGE,
    status: 413,
    type: 'content_too_long_exception',
    reason: gatewayMessage,
  },
  {
    // A coding of the body other than gzip.
    id: 'UnknownCoding',
    gatewayType: ResponseType.UNSUPPORTED_MEDIA_TYPE,
    status: 415,
    type: 'media_type_header_exception',
    reason: gatewayMessage,
  },
  {
    id: 'Filtered',
    gatewayType: ResponseType.WAF_FILTERED,
    status: 403,
    type: 'security_exception',
    reason: '"The web ACL of this service has refused the request"',
  },
  {
    // A private API, called from elsewhere.
    id: 'Denied',
    gatewayType: ResponseType.ACCESS_DENIED,
    status: 403,
    type: 'security_exception',
    reason: gatewayMessage,
  },
  // One body for many statuses, which the template cannot name: the status line alone has it.
  { id: 'Refused', gatewayType: ResponseType.DEFAULT_4XX, type: 'status_exception', reason: gatewayMessage },
];

/** Gives API Gateway's own errors Elasticsearch's shape, as far as API Gateway lets it: not its 413 above 10 MB. */
export const addGatewayResponses = (api: RestApi): void => {
  for (const { id, gatewayType, status, type, reason } of gatewayErrors) {
    api.addGatewayResponse(id, {
      type: gatewayType,
      ...(status !== undefined && { statusCode: String(status) }),
      // Official clients refuse an answer without this header.
      responseHeaders: { 'x-elastic-product': "'Elasticsearch'" },
      templates: { 'application/json': envelope(type, reason, status) },
    });
  }
};
