// The REST surface. The router, the stack, the local server and the tests walk this table; API Gateway itself knows only the tree
// in infra/. Literal parts win over variables, so the order of rows does not matter.

export const functionNames = ['read', 'infer', 'manage', 'security'] as const;
/** One Lambda function per set of rights. */
export type FunctionName = (typeof functionNames)[number];

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';

type RouteRow = {
  readonly id: string;
  readonly method: Method;
  readonly path: string;
  readonly function: FunctionName;
  /** `none`: without a key; `authenticated`: any valid key; else the cluster privilege that it takes. */
  readonly privilege: 'none' | 'authenticated' | 'monitor_inference' | 'manage_inference' | 'manage_own_api_key';
  /** Elasticsearch's name of the action, for the 403. */
  readonly action: string;
  /** @default 'none' */
  readonly body?: 'none' | 'optional' | 'required';
  /** Query parameters besides those legal everywhere. */
  readonly parameters?: readonly string[];
  readonly streams?: true;
};

const get = { method: 'GET', function: 'read', privilege: 'monitor_inference' } as const;
const getEndpoint = { ...get, action: 'cluster:monitor/xpack/inference/get' } as const;
const getServices = { ...get, action: 'cluster:monitor/xpack/inference/services/get' } as const;
const post = {
  method: 'POST',
  function: 'infer',
  privilege: 'monitor_inference',
  action: 'cluster:monitor/xpack/inference/post',
  body: 'required',
  parameters: ['timeout'],
} as const;
const put = { method: 'PUT', function: 'manage', privilege: 'manage_inference', body: 'required' } as const;
const putEndpoint = { ...put, action: 'cluster:admin/xpack/inference/put', parameters: ['timeout'] } as const;
const updateEndpoint = { ...put, action: 'cluster:admin/xpack/inference/update', parameters: ['timeout'] } as const;
const deleteEndpoint = {
  method: 'DELETE',
  function: 'manage',
  privilege: 'manage_inference',
  action: 'cluster:admin/xpack/inference/delete',
  parameters: ['force', 'dry_run'],
} as const;
const apiKey = { function: 'security', privilege: 'manage_own_api_key', path: '/_security/api_key' } as const;
const createApiKey = {
  ...apiKey,
  action: 'cluster:admin/xpack/security/api_key/create',
  body: 'required',
  parameters: ['refresh'],
} as const;
const hasPrivileges = {
  function: 'security',
  privilege: 'authenticated',
  action: 'cluster:admin/xpack/security/user/has_privileges',
  path: '/_security/user/_has_privileges',
  body: 'required',
} as const;

export const routes = [
  {
    id: 'info',
    method: 'GET',
    path: '/',
    function: 'read',
    privilege: 'authenticated',
    action: 'cluster:monitor/main',
  },
  {
    id: 'ping',
    method: 'HEAD',
    path: '/',
    function: 'read',
    privilege: 'authenticated',
    action: 'cluster:monitor/main',
  },
  { id: 'health', method: 'GET', path: '/_health', function: 'read', privilege: 'none', action: 'health' },
  { id: 'listEndpoints', path: '/_inference', ...getEndpoint },
  { id: 'listEndpoints', path: '/_inference/_all', ...getEndpoint },
  { id: 'getEndpoint', path: '/_inference/{inference_id}', ...getEndpoint },
  { id: 'getEndpoint', path: '/_inference/{task_type}/{inference_id}', ...getEndpoint },
  { id: 'listEndpoints', path: '/_inference/{task_type}/_all', ...getEndpoint },
  { id: 'listServices', path: '/_inference/_services', ...getServices },
  { id: 'listServices', path: '/_inference/_services/{task_type}', ...getServices },
  {
    ...get,
    id: 'showDiagnostics',
    path: '/_inference/.diagnostics',
    action: 'cluster:monitor/xpack/inference/diagnostics/get',
  },
  { id: 'infer', path: '/_inference/{inference_id}', ...post },
  { id: 'infer', path: '/_inference/{task_type}/{inference_id}', ...post },
  { id: 'streamInfer', path: '/_inference/{inference_id}/_stream', ...post, streams: true },
  { id: 'streamInfer', path: '/_inference/{task_type}/{inference_id}/_stream', ...post, streams: true },
  { id: 'putEndpoint', path: '/_inference/{inference_id}', ...putEndpoint },
  { id: 'putEndpoint', path: '/_inference/{task_type}/{inference_id}', ...putEndpoint },
  { id: 'updateEndpoint', path: '/_inference/{inference_id}/_update', ...updateEndpoint },
  { id: 'updateEndpoint', path: '/_inference/{task_type}/{inference_id}/_update', ...updateEndpoint },
  { id: 'deleteEndpoint', path: '/_inference/{inference_id}', ...deleteEndpoint },
  { id: 'deleteEndpoint', path: '/_inference/{task_type}/{inference_id}', ...deleteEndpoint },
  { id: 'createApiKey', method: 'POST', ...createApiKey },
  { id: 'createApiKey', method: 'PUT', ...createApiKey },
  {
    id: 'getApiKeys',
    method: 'GET',
    ...apiKey,
    action: 'cluster:admin/xpack/security/api_key/get',
    parameters: ['id', 'name', 'owner', 'username', 'realm_name', 'with_limited_by', 'active_only', 'with_profile_uid'],
  },
  {
    id: 'invalidateApiKeys',
    method: 'DELETE',
    ...apiKey,
    action: 'cluster:admin/xpack/security/api_key/invalidate',
    body: 'required',
  },
  {
    id: 'authenticate',
    method: 'GET',
    path: '/_security/_authenticate',
    function: 'security',
    privilege: 'authenticated',
    action: 'cluster:admin/xpack/security/user/authenticate',
  },
  { id: 'hasPrivileges', method: 'GET', ...hasPrivileges },
  { id: 'hasPrivileges', method: 'POST', ...hasPrivileges },
] as const satisfies readonly RouteRow[];

export type Route = RouteRow & { readonly id: RouteId };
export type RouteId = (typeof routes)[number]['id'];
/** The routes of one function: what its handlers must give, all of them. */
export type RoutesOf<Name extends FunctionName> = Extract<(typeof routes)[number], { function: Name }>['id'];
