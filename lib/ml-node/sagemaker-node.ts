import { setTimeout as sleep } from 'node:timers/promises';
import { noNode } from '../api/deployment-errors.ts';
import type { MlNode, NodeRequest } from '../inference/ports.ts';
import { OutboundError, type Send } from '../transport/types.ts';
import type { SparseTokenizer } from './bert-tokenizer.ts';
import { fitBody } from './fit-body.ts';
import { componentName } from './names.ts';
import { readNodeAnswer } from './node-answer.ts';
import { type Outcome, readOutcome } from './sagemaker-answer.ts';
import type { Waiting } from './waiting-room.ts';

type SageMakerNode = {
  readonly send: Send;
  readonly region: string;
  /** Name of the SageMaker endpoint. */
  readonly endpoint: string;
  /** Waits until a deployment has a copy. */
  readonly wait: (waiting: Waiting, signal: AbortSignal) => Promise<void>;
  readonly tokenizer: () => Promise<SparseTokenizer>;
  readonly pause?: (milliseconds: number) => Promise<void>;
};

/** Milliseconds. A container has 60 s to answer, and SageMaker some more to say that it has not. */
const answerTime = 70_000;

/** How often a component that has a copy may refuse a call before that is told: its state may be older than the refusal. */
const refusalsTaken = 3;

/** Milliseconds. */
const afterRefusal = 1000;

const inTrouble = (error: string): Outcome => ({ kind: 'answer', status: 500, text: JSON.stringify({ error }) });

/**
 * Models on inference components of a SageMaker endpoint. The component decides which model answers, and in which way.
 *
 * @see Amazon SageMaker API reference, `runtime_InvokeEndpoint`
 */
export const sageMakerNode = ({ send, region, endpoint, wait, tokenizer, pause = sleep }: SageMakerNode): MlNode => {
  const invoke = async ({ deployment, body }: NodeRequest, signal: AbortSignal): Promise<Outcome> => {
    const late = AbortSignal.timeout(answerTime);
    try {
      const answer = await send.whole(
        {
          url: `https://runtime.sagemaker.${region}.amazonaws.com/endpoints/${endpoint}/invocations`,
          headers: {
            'content-type': 'application/json',
            'x-amzn-sagemaker-inference-component': componentName(endpoint, deployment),
          },
          body: fitBody(body),
        },
        { type: 'sigv4', service: 'sagemaker', region, credentials: 'role' },
        { signal: AbortSignal.any([signal, late]) },
      );
      return readOutcome(answer);
    } catch (error) {
      if (late.aborted && !signal.aborted) return inTrouble('the model gave no answer in 60 seconds');
      if (error instanceof OutboundError && error.kind === 'connection')
        return { kind: 'trouble', message: error.kind };
      throw error;
    }
  };

  return {
    call: async (request, signal) => {
      let refusals = 0;
      let troubles = 0;
      for (;;) {
        const outcome = await invoke(request, signal);
        switch (outcome.kind) {
          case 'answer':
            return readNodeAnswer(request, outcome.status, outcome.text, tokenizer);
          case 'no_endpoint':
            throw noNode(request.model);
          case 'trouble':
            troubles += 1;
            if (troubles > 1)
              return readNodeAnswer(request, 500, JSON.stringify({ error: outcome.message }), tokenizer);
            break;
          case 'not_serving':
            refusals += 1;
            if (refusals > refusalsTaken)
              return readNodeAnswer(request, 500, JSON.stringify({ error: outcome.message }), tokenizer);
            await wait(request, signal);
            // What was just looked at was ready, and yet it refused.
            if (refusals > 1) await pause(afterRefusal);
            signal.throwIfAborted();
        }
      }
    },
  };
};
