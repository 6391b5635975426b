import type { SageMakerCall } from './amazon_sagemaker-settings.ts';
import type { ServiceRequest } from './service.ts';
import { urlPart } from './url-part.ts';

/** One text is sent as it is, several as a list. */
export const oneOrMany = (input: readonly string[]): string | readonly string[] => {
  const [only, ...others] = input;
  return only !== undefined && others.length === 0 ? only : input;
};

/** Hosts of AWS in China have a name of their own. */
const host = (region: string): string =>
  `runtime.sagemaker.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;

/** A stream has headers of its own; the model behind a stream is the endpoint's alone. */
const headersOf = ({ settings, taskSettings, stream }: SageMakerCall) => ({
  [stream ? 'x-amzn-sagemaker-accept' : 'accept']: 'application/json',
  'x-amzn-sagemaker-custom-attributes': taskSettings.custom_attributes,
  'x-amzn-sagemaker-enable-explanations': stream ? undefined : taskSettings.enable_explanations,
  'x-amzn-sagemaker-inference-component': settings.inference_component_name,
  'x-amzn-sagemaker-inference-id': taskSettings.inference_id,
  'x-amzn-sagemaker-session-id': taskSettings.session_id,
  'x-amzn-sagemaker-target-container-hostname': settings.target_container_hostname,
  'x-amzn-sagemaker-target-model': stream ? undefined : settings.target_model,
  'x-amzn-sagemaker-target-variant': taskSettings.target_variant,
});

/** InvokeEndpoint, or InvokeEndpointWithResponseStream. */
export const invocation = (call: SageMakerCall, body: unknown): ServiceRequest => {
  const { region, endpoint_name } = call.settings;
  const operation = call.stream ? 'invocations-response-stream' : 'invocations';
  return {
    url: `https://${host(region)}/endpoints/${urlPart(endpoint_name)}/${operation}`,
    headers: Object.fromEntries(
      Object.entries(headersOf(call)).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
    ),
    body,
  };
};
