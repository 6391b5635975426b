import { cannotStart, noNode } from '../api/deployment-errors.ts';
import type { Allocations, Deployments, WantedDeployment } from '../inference/ports.ts';
import { mostCopies } from './catalogue.ts';
import { stateOf } from './component.ts';
import type { Components } from './components.ts';
import type { Scaling } from './scaling.ts';
import { type Containers, isBuiltIn, serves, specificationOf } from './specification.ts';

type Node = {
  readonly components: Components;
  readonly scaling: Scaling;
  readonly containers: Containers;
  /** On graphics cards each copy takes an instance, so that more copies than these never come. */
  readonly mostInstances: number;
};

/** A range that the node can keep. */
const withinNode = (allocations: Allocations, { containers, mostInstances }: Node): Allocations => {
  if (allocations.kind === 'fixed') return allocations;
  const most = Math.min(allocations.most, mostCopies(containers.accelerator, mostInstances));
  return { kind: 'adaptive', least: Math.min(allocations.least, most), most };
};

/** SageMaker makes no component without copies, and an adaptive one is made to be called. */
const firstCopies = (allocations: Allocations): number =>
  allocations.kind === 'fixed' ? allocations.copies : Math.max(allocations.least, 1);

/**
 * Deployments as inference components of a SageMaker endpoint: one component each, its copies the allocations.
 *
 * Nothing is remembered here. Each call looks at what there is, takes the next step and leaves the rest to a later call: SageMaker
 * refuses changes while an earlier one is under way, and a process may end between two steps.
 */
export const sageMakerDeployments = (node: Node): Deployments => {
  const { components, scaling, containers } = node;
  const { nameOf } = components;
  const state: Deployments['state'] = async (id) => stateOf(await components.find(id));

  const remove: Deployments['remove'] = async (id) => {
    // First: what follows the load must not follow it while it goes.
    await scaling.release(nameOf(id));
    const found = await components.find(id);
    if (!found) return true;
    if (found.InferenceComponentStatus !== 'Deleting') await components.delete(id);
    return (await components.find(id)) === undefined;
  };

  const create = async (wanted: WantedDeployment, allocations: Allocations): Promise<void> => {
    if (containers.image === undefined) throw noNode(wanted.model);
    await components.create(wanted.id, specificationOf(wanted, containers), firstCopies(allocations));
  };

  const scale = async (id: string, allocations: Allocations, desired: number): Promise<void> => {
    if (allocations.kind === 'adaptive') {
      await scaling.adapt(nameOf(id), allocations);
      return;
    }
    await scaling.release(nameOf(id));
    if (desired !== allocations.copies) await components.setCopies(id, allocations.copies);
  };

  const converge: Deployments['converge'] = async (wanted) => {
    const allocations = withinNode(wanted.allocations, node);
    const found = await components.find(wanted.id);
    if (!found) await create(wanted, allocations);
    else if (!serves(found, wanted, containers)) await remove(wanted.id);
    else if (found.InferenceComponentStatus === 'InService')
      await scale(wanted.id, allocations, found.RuntimeConfig.DesiredCopyCount ?? 0);
    else return stateOf(found);
    return state(wanted.id);
  };

  return {
    state,
    converge,
    remove,

    check: async (model) => {
      if (!(await components.hasEndpoint())) throw noNode(model);
      if (!isBuiltIn(model) && containers.bucket === undefined)
        throw cannotStart(model, 'INLET_MODEL_BUCKET names no bucket with uploaded models');
    },

    wake: async (wanted) => {
      const before = await converge(wanted);
      if (before.name !== 'idle') return before;
      await components.setCopies(wanted.id, firstCopies(withinNode(wanted.allocations, node)));
      return state(wanted.id);
    },

    strays: async (wanted) => {
      const names = await components.names();
      if (names.length === 0) return [];
      const known = new Set((await wanted()).map(nameOf));
      const ids: string[] = [];
      for (const name of names) {
        if (known.has(name)) continue;
        // One that somebody has made by hand is theirs.
        const id = await components.deploymentOf(name);
        if (id !== undefined) ids.push(id);
      }
      return ids;
    },
  };
};
