import { byApi, notStreamed } from './amazon_sagemaker-apis.ts';
import { failureOf, notReached, notTranslated, sageMakerFailure } from './amazon_sagemaker-failures.ts';
import type { Settings, TaskSettings } from './amazon_sagemaker-settings.ts';
import { type AwsKeys, awsAuth, awsKeyRules, awsKeys, awsKeyUpdateRules, requiredAwsKeys } from './aws-keys.ts';
import { totalTokens } from './openai-usage.ts';
import { defineService } from './service.ts';

/** Models on the user's own endpoints of Amazon SageMaker. */
export const amazonSageMaker = defineService<Settings, TaskSettings, AwsKeys>({
  name: 'amazon_sagemaker',
  label: 'Amazon SageMaker',
  words: 'collected',
  secrets: awsKeys,
  secretsFirst: true,
  secretRules: awsKeyRules,
  secretUpdateRules: awsKeyUpdateRules,
  required: requiredAwsKeys,
  catalogue: {
    api: 'What the model speaks: openai or elastic.',
    batch_size: 'Texts that one request takes; all of them unless set.',
    dimensions_set_by_user: 'Whether dimensions must be those of the model.',
    element_type: 'Kind of the embeddings: bit, byte or float; needed with elastic.',
    endpoint_name: 'Endpoint of SageMaker that is called.',
    inference_component_name: 'Component of the endpoint that answers.',
    region: 'Region of AWS where the endpoint is.',
    target_container_hostname: 'Container that answers, where the endpoint has several.',
    target_model: 'Model that answers, where the endpoint has several; not in streams.',
  },
  auth: (keys, { region }) => awsAuth('sagemaker', keys, region),
  failure: sageMakerFailure,
  unreadable: (_call, cause) => notTranslated(cause),
  unreachable: notReached,
  timedOut: (timeout) => failureOf(408, `Request timed out after [${timeout}]`),
  attempts: 3,
  answerHeaders: {
    'X-elastic-sagemaker-custom-attributes': 'x-amzn-sagemaker-custom-attributes',
    'X-elastic-sagemaker-new-session-id': 'x-amzn-sagemaker-new-session-id',
    'X-elastic-sagemaker-closed-session-id': 'x-amzn-sagemaker-closed-session-id',
  },
  notStreamed,
  units: totalTokens,
  tasks: {
    text_embedding: byApi('text_embedding'),
    sparse_embedding: byApi('sparse_embedding'),
    rerank: byApi('rerank'),
    completion: byApi('completion'),
    chat_completion: byApi('chat_completion'),
  },
});
