import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';

/** What SageMaker's runtime answers instead of a model's answer: the type in a header, the rest as JSON. */
export type RuntimeError = { readonly status: number; readonly type: string; readonly body: object };

const validation = (message: string): RuntimeError => ({
  status: 400,
  type: 'ValidationError',
  body: { Message: message },
});

// But for the sentence on capacity, SageMaker's own wording is not documented.
export const endpointNotFound = (name: string) => validation(`Endpoint ${name} of account 000000000000 not found.`);
export const componentNotNamed = () =>
  validation('Inference Component Name header is required for endpoints with inference components.');
export const componentNotFound = (name: string) => validation(`Inference Component ${name} not found.`);
export const noCapacity = () =>
  validation(
    'Inference Component has no capacity to process this request. ApplicationAutoScaling may be in-progress (if configured) or try to increase the capacity by invoking UpdateInferenceComponentRuntimeConfig API.',
  );

/** For paths that are no invocation; SageMaker answers them without JSON, which nobody reads. */
export const unknownOperation = (): RuntimeError => ({
  status: 404,
  type: 'UnknownOperationException',
  body: { Message: 'The operation is not known' },
});

const logs =
  'https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logEventViewer:group=/aws/sagemaker';

/**
 * A container that answers something else than 200.
 *
 * @param status - of the container
 * @param text - its body, as it is
 */
export const modelError = (component: string, status: number, text: string): RuntimeError => {
  const side = status >= 400 && status < 500 ? 'client' : 'server';
  return {
    status: 424,
    type: 'ModelError',
    body: {
      ErrorCode: side === 'client' ? 'CLIENT_ERROR_FROM_MODEL' : 'INTERNAL_FAILURE_FROM_MODEL',
      LogStreamArn: `arn:aws:logs:us-east-1:000000000000:log-group:/aws/sagemaker/InferenceComponents/${component}`,
      Message: `Received ${side} error (${status}) from primary with message "${text}". See ${logs}/InferenceComponents/${component} in account 000000000000 for more information.`,
      OriginalMessage: text,
      OriginalStatusCode: status,
    },
  };
};

export const sendError = (response: ServerResponse, { status, type, body }: RuntimeError): void => {
  const json = JSON.stringify(body);
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(json),
      'x-amzn-errortype': type,
      'x-amzn-requestid': randomUUID(),
    })
    .end(json);
};
