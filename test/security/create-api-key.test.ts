import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { clusterPrivileges } from '../../lib/security/cluster-privileges.ts';
import { allows } from '../../lib/security/privileges.ts';
import { memoryApiKeyStore } from './memory-api-key-store.ts';
import { admin, playSecurity, refused } from './play-security.ts';

const now = 1_790_000_000_000;

let keys: ReturnType<typeof memoryApiKeyStore>;
let security: ReturnType<typeof playSecurity>;

beforeEach(() => {
  keys = memoryApiKeyStore();
  security = playSecurity(keys, () => now);
});

const create = (body: unknown) => security.play('createApiKey', { body });

const randomText = expect.stringMatching(/^[\w-]{22}$/);

describe('a new key', () => {
  it('is answered with its secret, which is stored as a hash alone', async () => {
    const { status, json } = await create({ name: 'search app' });
    const [row] = await keys.list();

    expect(status).toBe(200);
    expect(json).toEqual({ id: row?.id, name: 'search app', api_key: randomText, encoded: expect.any(String) });
    expect(row).toEqual({
      version: 1,
      id: randomText,
      name: 'search app',
      secret_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      creation: now,
      invalidated: false,
      username: 'elastic',
      maker: 'root',
      metadata: '{}',
      role_descriptors: '{}',
      limited_by: '{"root":{"cluster":["all"]}}',
      privileges: ['all'],
      revision: expect.any(String),
    });
    // What matched the patterns above is in `json` under names that the compiler does not know.
    const { id, api_key, encoded } = json as Record<'id' | 'api_key' | 'encoded', string>;
    expect(Buffer.from(encoded, 'base64').toString()).toBe(`${id}:${api_key}`);
    expect(JSON.stringify(row)).not.toContain(api_key);
    expect(await security.authenticate(`ApiKey ${encoded}`)).toMatchObject({ keyId: id });
  });

  it('keeps what it was made with to the letter', async () => {
    const metadata = '{"b":1.50,"a":{"id":12345678901234567890,"none":null}}';
    const roles =
      '{"r":{"cluster":["monitor_inference","manage_ml"],"indices":[{"names":["*"],"privileges":["read"]}],"applications":[],"run_as":["x"],"metadata":{"weight":0.10},"description":"d"}}';
    await create(`{"name":"n","metadata":${metadata},"role_descriptors":${roles}}`);
    expect(await keys.list()).toMatchObject([
      { metadata, role_descriptors: roles, privileges: ['monitor_inference', 'manage_ml'] },
    ]);
  });

  it.each([
    ['1d', 86_400_000],
    ['30m', 1_800_000],
    ['2h', 7_200_000],
    ['45s', 45_000],
    ['250ms', 250],
    ['1999micros', 1],
    ['5000000nanos', 5],
    ['0', 0],
  ])('that ends after %s names the moment', async (expiration, milliseconds) => {
    const { json } = await create({ name: 'n', expiration });
    expect(json).toMatchObject({ expiration: now + milliseconds });
    expect(await keys.list()).toMatchObject([{ expiration: now + milliseconds }]);
  });

  it('may be named with half of a surrogate pair, which is stored as a replacement character', async () => {
    await create('{"name":"a\\ud800"}');
    expect(await keys.list()).toMatchObject([{ name: 'a\ufffd' }]);
  });
});

describe('refused bodies', () => {
  const invalid = (...reasons: string[]) =>
    refused(
      400,
      'action_request_validation_exception',
      `Validation Failed: ${reasons.map((reason, index) => `${index + 1}: ${reason};`).join('')}`,
    );
  const unparsed = (reason: string) => refused(400, 'x_content_parse_exception', reason);
  const unreadable = (reason: string) => refused(400, 'illegal_argument_exception', reason);

  it.each([
    ['no name', '{}', invalid('api key name is required')],
    ['an empty name', '{"name":""}', invalid('api key name is required')],
    ['a long name', `{"name":"${'n'.repeat(257)}"}`, invalid('api key name may not be more than 256 characters long')],
    ['a name with blanks', '{"name":" n"}', invalid('api key name may not begin or end with whitespace')],
    ['a reserved name', '{"name":"_n"}', invalid('api key name may not begin with an underscore')],
    [
      'all that is wrong together',
      '{"name":"_n ","metadata":{"_x":1},"role_descriptors":{"r":{"metadata":{"_y":1}}}}',
      invalid(
        'api key name may not begin or end with whitespace',
        'api key name may not begin with an underscore',
        'API key metadata keys may not start with [_]',
        'role descriptor metadata keys may not start with [_]',
      ),
    ],
    [
      'an unknown privilege',
      '{"name":"n","role_descriptors":{"r":{"cluster":["Fly"]}}}',
      invalid(
        `unknown cluster privilege [fly]. a privilege must be one of the predefined cluster privilege names [${clusterPrivileges.join(',')}]`,
      ),
    ],
    ['an unknown field', '{"name":"n",\n "x":1}', unparsed('[2:2] [api_key_request] unknown field [x]')],
    ['the first of two faults', '{"x":1,"name":5}', unparsed('[1:2] [api_key_request] unknown field [x]')],
    [
      'a name that is no text',
      '{"name":5}',
      unparsed("[1:9] [api_key_request] name doesn't support values of type: VALUE_NUMBER"),
    ],
    [
      'metadata that is no object',
      '{"name":"n","metadata":[]}',
      unparsed("[1:24] [api_key_request] metadata doesn't support values of type: START_ARRAY"),
    ],
    [
      'metadata that is a decimal',
      '{"name":"n","metadata":1.5}',
      unparsed("[1:24] [api_key_request] metadata doesn't support values of type: VALUE_NUMBER"),
    ],
    [
      'descriptors that are null',
      '{"name":"n","role_descriptors":null}',
      unparsed("[1:32] [api_key_request] role_descriptors doesn't support values of type: VALUE_NULL"),
    ],
    ['a list', '[]', unparsed('[1:1] [api_key_request] Expected START_OBJECT but was: START_ARRAY')],
    [
      'a duration without unit',
      '{"name":"n","expiration":"30"}',
      unreadable(
        'failed to parse setting [expiration] with value [30] as a time value: unit is missing or unrecognized',
      ),
    ],
    [
      'a duration in a unit that is none',
      '{"name":"n","expiration":"3constructor"}',
      unreadable(
        'failed to parse setting [expiration] with value [3constructor] as a time value: unit is missing or unrecognized',
      ),
    ],
    [
      'a broken duration',
      '{"name":"n","expiration":"1.5s"}',
      unreadable('failed to parse [1.5s], fractional time values are not supported'),
    ],
    [
      'a negative duration',
      '{"name":"n","expiration":"-5s"}',
      unreadable(
        'failed to parse setting [expiration] with value [-5s] as a time value: negative durations are not supported',
      ),
    ],
    [
      'a duration beyond all dates',
      '{"name":"n","expiration":"99999999999d"}',
      unreadable('failed to parse setting [expiration] with value [99999999999d] as a time value'),
    ],
    [
      'more than fits into a row',
      JSON.stringify({ name: 'n', metadata: { text: 'x'.repeat(350_000) } }),
      unreadable('the metadata and role descriptors of an API key may take up to 350000 bytes'),
    ],
  ])('answers %s in the words of Elasticsearch, and makes no key', async (_title, body, answer) => {
    expect(await create(body)).toEqual(answer);
    expect(await keys.list()).toEqual([]);
  });

  it.each([
    ['5', 'failed to parse role [r]. expected an object but found [VALUE_NUMBER] instead'],
    ['{"clusters":[]}', 'failed to parse role [r]. unexpected field [clusters]'],
    [
      '{"cluster":"all"}',
      'failed to parse role [r]. could not parse [cluster] field. expected a string array but found [VALUE_STRING] value instead',
    ],
    [
      '{"cluster":["all",null]}',
      'failed to parse role [r]. could not parse [cluster] field. expected a string array but one of the value in the array is [VALUE_NULL]',
    ],
    [
      '{"indices":{}}',
      'failed to parse role [r]. could not parse [indices] field. expected an array but found [START_OBJECT] value instead',
    ],
    [
      '{"metadata":[]}',
      'failed to parse role [r]. could not parse [metadata] field. expected an object but found [START_ARRAY] value instead',
    ],
  ])('answers the descriptor %s with what Elasticsearch says of it', async (descriptor, reason) => {
    const cause = { type: 'parse_exception', reason };
    expect(await create(`{"name":"n","role_descriptors":{"r":${descriptor}}}`)).toEqual({
      status: 400,
      json: {
        error: {
          root_cause: [cause],
          type: 'x_content_parse_exception',
          reason: '[1:37] [api_key_request] failed to parse field [role_descriptors]',
          caused_by: cause,
        },
        status: 400,
      },
    });
  });

  it('asks for a body when there is none', async () => {
    expect(await create(undefined)).toEqual(refused(400, 'parse_exception', 'request body is required'));
  });
});

describe('rights of a new key', () => {
  it.each([
    ['all rights of its maker without descriptors', undefined, ['monitor', 'manage_api_key']],
    ['all rights of its maker with none in them', {}, ['monitor', 'manage_api_key']],
    ['none with an empty one', { r: {} }, []],
    [
      'what several grant together',
      { r: { cluster: ['manage_inference'] }, s: { cluster: ['manage_own_api_key'] } },
      ['manage_own_api_key', 'monitor_inference'],
    ],
    ['no more than its maker has', { r: { cluster: ['all'] } }, ['monitor', 'manage_api_key']],
    ['what is named in capitals', { r: { cluster: ['MONITOR_INFERENCE'] } }, ['monitor_inference']],
    [
      'none when they are for workflows alone',
      { r: { cluster: ['all'], restriction: { workflows: ['search_application_query'] } } },
      [],
    ],
    ['none with a descriptor of any name', JSON.parse('{"__proto__":{}}'), []],
  ])('are %s', async (_title, role_descriptors, privileges) => {
    const maker = { ...admin, keyId: 'm', keyName: 'maker', privileges: ['monitor', 'manage_api_key'] };
    await security.play('createApiKey', { body: { name: 'n', role_descriptors }, caller: maker });
    const [row] = await keys.list();
    expect(row).toMatchObject({ maker: 'm', limited_by: '{"maker":{"cluster":["manage_api_key","monitor"]}}' });
    expect(new Set(row?.privileges)).toEqual(new Set(privileges));
  });

  it('never exceed those of any key before it in a chain, nor its descriptors', async () => {
    const names = fc.array(fc.constantFrom(...clusterPrivileges), { maxLength: 4 });
    const descriptors = fc.option(fc.dictionary(fc.string(), fc.record({ cluster: names }), { maxKeys: 3 }));
    await fc.assert(
      fc.asyncProperty(fc.array(descriptors, { maxLength: 5 }), async (chain) => {
        let maker = admin;
        for (const role_descriptors of chain) {
          const header = await security.makeHeader(role_descriptors ? { role_descriptors } : {}, maker);
          const key = await security.authenticate(header);
          const sent = Object.values(role_descriptors ?? {}).flatMap(({ cluster }) => cluster);
          const limits = Object.keys(role_descriptors ?? {}).length === 0 ? ['all'] : sent;
          for (const privilege of clusterPrivileges) {
            const both = allows(maker.privileges, privilege) && allows(limits, privilege);
            expect(allows(key.privileges, privilege)).toBe(both);
          }
          maker = key;
        }
      }),
      { numRuns: 50 },
    );
  });
});
