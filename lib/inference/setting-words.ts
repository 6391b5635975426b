// How the catalogue of services names and describes settings.

/** What settings are for, where their name alone does not say it. A descriptor may say it better for its own. */
const descriptions: Readonly<Record<string, string>> = {
  access_key: 'Access key of the AWS account.',
  api_key: 'Secret key of the account.',
  api_version: 'Version of the API to call.',
  client_id: 'OAuth2 client.',
  client_secret: 'Secret of the OAuth2 client.',
  deployment_id: 'Deployment that answers.',
  dimensions: 'Length of the embeddings, where the model lets one choose.',
  headers: 'Headers added to each request to the service.',
  host: 'Host of the service, without scheme and path.',
  location: 'Location of the project’s models.',
  max_input_tokens: 'Texts are cut to about so many tokens before they are sent.',
  model: 'Model that answers.',
  model_id: 'Model that answers.',
  num_allocations: 'Copies of the model that run.',
  num_threads: 'Threads of each copy.',
  adaptive_allocations: 'Lets the number of copies follow the load.',
  organization_id: 'Organisation that is billed.',
  project_id: 'Project that is billed.',
  'rate_limit.requests_per_minute': 'Requests that may go out in a minute.',
  region: 'Region of the endpoint.',
  resource_name: 'Resource that holds the deployment.',
  scopes: 'Scopes to ask for with OAuth2.',
  secret_key: 'Secret key of the AWS account.',
  similarity: 'How embeddings are compared.',
  token_url: 'Address of the OAuth2 token server.',
  url: 'Address to call instead of the service’s own.',
};

/** Labels that do not follow from the name. */
const labels: Readonly<Record<string, string>> = {
  headers: 'Custom Headers',
  'rate_limit.requests_per_minute': 'Rate Limit',
};

const words: Readonly<Record<string, string>> = { api: 'API', id: 'ID', url: 'URL', json: 'JSON' };

/** `model_id` → `Model ID`. */
export const labelOf = (setting: string): string =>
  labels[setting] ??
  setting
    .split(/[._]/)
    .map((word) => words[word] ?? word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ');

/** What a setting is for. */
export const descriptionOf = (setting: string): string =>
  descriptions[setting] ?? `${labelOf(setting)} of the service.`;
