import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';

/** A JSON string: what API Gateway says about the request, with its quotes. */
const gatewayMessage = '$context.error.messageString';

/** Elasticsearch's error envelope; `reason` is JSON text. */
const envelope = (type: string, reason: string, status?: number): string => {
  const error = `"type":"${type}","reason":${reason}`;
  return `{"error":{"root_cause":[{${error}}],${error}}${status === undefined ? '' : `,"status":${status}`}}`;
};

/**
 * API Gateway's own errors. Elasticsearch's clients send a request again after 502, 503 and 504: right only where nothing has run,
 * so what fails after a function began is a 500.
 */
const gatewayErrors = [
  {
    id: 'NotStarted',
    type: ResponseType.INTEGRATION_FAILURE,
    statusCode: '503',
    body: envelope('status_exception', '"The request could not be handed on; nothing of it has run"', 503),
  },
  {
    id: 'Failed',
    type: ResponseType.DEFAULT_5XX,
    statusCode: '500',
    body: envelope('exception', '"The request failed on its way"', 500),
  },
  {
    id: 'Throttled',
    type: ResponseType.THROTTLED,
    statusCode: '429',
    body: envelope('es_rejected_execution_exception', gatewayMessage, 429),
  },
  // One body for many statuses, which the template cannot name: the status line alone has it.
  { id: 'Refused', type: ResponseType.DEFAULT_4XX, body: envelope('status_exception', gatewayMessage) },
];

/** Gives API Gateway's own errors Elasticsearch's shape, as far as API Gateway lets it: not its 413 above 10 MB. */
export const addGatewayResponses = (api: RestApi): void => {
  for (const { id, body, ...response } of gatewayErrors) {
    api.addGatewayResponse(id, {
      ...response,
      // Official clients refuse an answer without this header.
      responseHeaders: { 'x-elastic-product': "'Elasticsearch'" },
      templates: { 'application/json': body },
    });
  }
};
