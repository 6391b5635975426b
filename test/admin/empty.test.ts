import { describe, expect, it } from 'vitest';
import { empty } from '../../admin/empty.ts';
import { type Account, type Held, openAccount } from './account.ts';

const table = (name: string) => ({ type: 'AWS::DynamoDB::Table', name });

/** Both stacks with something in each place, beside what others have under names that look alike. */
const full = (): Held => ({
  stacks: {
    Inlet: [table('Endpoints'), table('ApiKeys'), table('Buckets'), { type: 'AWS::Lambda::Function', name: 'Read' }],
    InletMlNode: [{ type: 'AWS::S3::Bucket', name: 'inlet-models' }],
  },
  tables: {
    Endpoints: {
      key: 'inference_id',
      isProtected: true,
      rows: ['a', 'b', 'c'].map((id) => ({ id, secret: `Inlet/endpoint/${id}` })),
    },
    ApiKeys: { key: 'id', isProtected: true, rows: [{ id: 'k1' }] },
    Buckets: { key: 'bucket', isProtected: false, rows: [] },
  },
  secrets: [
    'Inlet/endpoint/a',
    'Inlet/endpoint/b',
    'Inlet/endpoint/c',
    'inlet/endpoint/of-others',
    'InletTwo/endpoint/a',
    'InletAdminSecret',
  ],
  components: [
    { name: 'e5', endpoint: 'Inlet-ml-node', making: 0, going: 2, isGoing: false },
    { name: 'new', endpoint: 'Inlet-ml-node', making: 3, going: 1, isGoing: false },
    { name: 'of-others', endpoint: 'Other-ml-node', making: 0, going: 0, isGoing: false },
  ],
  scaled: ['inference-component/e5', 'inference-component/of-others'],
  buckets: { 'inlet-models': ['minilm.tar.gz', 'other.tar.gz'] },
});

const others = ['inlet/endpoint/of-others', 'InletTwo/endpoint/a', 'InletAdminSecret'];

const run = async ({ clients }: Account, options: { data: boolean; yes?: boolean; prefix?: string }) => {
  const said: string[] = [];
  const asked: (readonly string[])[] = [];
  const done = await empty(clients, {
    prefix: options.prefix ?? 'Inlet',
    data: options.data,
    say: (line) => said.push(line),
    confirm: async (what) => {
      asked.push(what);
      return options.yes ?? true;
    },
    pause: async () => {},
  });
  return { done, said, asked };
};

describe('empty', () => {
  it('removes the components that stop cdk destroy, also one that is still being made, and nothing else', async () => {
    const account = openAccount(full());
    const { done, asked } = await run(account, { data: false });

    expect(done).toBe(true);
    expect(asked).toEqual([['inference component e5 (InService)', 'inference component new (Creating)']]);
    expect(account.writes).toEqual([
      'DeregisterScalableTarget inference-component/e5',
      'DeleteInferenceComponent e5',
      'DeleteInferenceComponent new',
    ]);
    expect(account.held.components.map(({ name }) => name)).toEqual(['of-others']);
    expect(account.held.scaled).toEqual(['inference-component/of-others']);
  });

  it('removes, told so, rows before secrets and the protection of tables last', async () => {
    const account = openAccount(full());
    const { done, asked, said } = await run(account, { data: true });

    expect(done).toBe(true);
    expect(asked[0]?.slice(2)).toEqual([
      '3 rows of the table Endpoints',
      '1 row of the table ApiKeys',
      '3 secrets of endpoints, to be restored within 7 days',
      '2 objects of the bucket inlet-models',
      'the deletion protection of the table Endpoints',
      'the deletion protection of the table ApiKeys',
    ]);
    expect(account.writes.slice(3)).toEqual([
      'DeleteItem Endpoints a',
      'DeleteItem Endpoints b',
      'DeleteItem Endpoints c',
      'DeleteItem ApiKeys k1',
      'DeleteSecret Inlet/endpoint/a 7',
      'DeleteSecret Inlet/endpoint/b 7',
      'DeleteSecret Inlet/endpoint/c 7',
      'DeleteObjects inlet-models 2',
      'UpdateTable Endpoints false',
      'UpdateTable ApiKeys false',
    ]);
    expect(account.held.secrets).toEqual(others);
    expect(said.slice(-2)).toEqual([
      '  aws dynamodb delete-table --table-name Endpoints',
      '  aws dynamodb delete-table --table-name ApiKeys',
    ]);
  });

  it.each([{ data: false }, { data: true }])('changes nothing that is not confirmed: %o', async ({ data }) => {
    const account = openAccount(full());
    expect((await run(account, { data, yes: false })).done).toBe(false);
    expect(account.writes).toEqual([]);
  });

  it('asks nothing of who has nothing', async () => {
    const account = openAccount(full());
    await run(account, { data: true });
    const again = await run(account, { data: true });
    expect(again).toEqual({ done: true, said: ['Inlet is empty already.'], asked: [] });
  });

  it('does not look for components without the stack of the ML node', async () => {
    const { stacks, ...held } = full();
    const account = openAccount({ ...held, stacks: { Inlet: stacks.Inlet ?? [] } });
    expect((await run(account, { data: false })).said).toEqual(['Inlet is empty already.']);
    expect(account.held.components).toHaveLength(3);
  });

  it('says so when there is no such deployment', async () => {
    const account = openAccount(full());
    await expect(run(account, { data: true, prefix: 'Nobody' })).rejects.toThrow(
      'There is no stack Nobody or NobodyMlNode here',
    );
  });

  it('gives up on components that stay, and names them', async () => {
    const held = full();
    held.components = [{ name: 'stuck', endpoint: 'Inlet-ml-node', making: 1000, going: 0, isGoing: false }];
    await expect(run(openAccount(held), { data: true })).rejects.toThrow('stuck (Creating)');
    expect(held.tables.Endpoints?.rows).toHaveLength(3);
  });

  const writesInAll = 13;
  it.each(Array.from({ length: writesInAll }, (_, index) => index))(
    'can be run again after write %i failed, and until then leaves no row without its secret or its protection',
    async (failAt) => {
      const held = full();
      await expect(run(openAccount(held, failAt), { data: true })).rejects.toThrow('slow down');
      const { Endpoints } = held.tables;
      for (const { secret = '' } of Endpoints?.rows ?? []) expect(held.secrets).toContain(secret);
      if (Endpoints && Endpoints.rows.length > 0) expect(Endpoints.isProtected).toBe(true);

      await run(openAccount(held), { data: true });
      expect(Object.values(held.tables).flatMap(({ rows }) => rows)).toEqual([]);
      expect(Object.values(held.tables).map(({ isProtected }) => isProtected)).toEqual([false, false, false]);
      expect(held.secrets).toEqual(others);
      expect(held.buckets).toEqual({ 'inlet-models': [] });
      expect(held.components.map(({ name }) => name)).toEqual(['of-others']);
      expect(held.scaled).toEqual(['inference-component/of-others']);
    },
  );
});
