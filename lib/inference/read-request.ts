import type { ChatRequest } from '../api/chat-request.ts';
import { parseChatRequest } from '../api/chat-request.ts';
import type { ContentItem } from '../api/content-item.ts';
import { parseEmbeddingRequest } from '../api/embedding-request.ts';
import { statusException } from '../api/errors.ts';
import { parseInferenceRequest } from '../api/inference-request.ts';
import type { InputType } from '../api/input-type.ts';
import type { JsonDocument } from '../api/json.ts';
import type { JsonObject } from '../api/read-settings.ts';
import { parseRerankRequest } from '../api/rerank-request.ts';
import type { TaskType } from '../api/task-type.ts';

/** The body of one POST, whichever parser read it. */
export type InferenceBody = {
  readonly taskSettings: JsonObject;
  readonly inputType?: InputType;
  readonly topN?: number;
  readonly returnDocuments?: boolean;
  readonly chat?: ChatRequest;
  /** What is asked about, as the service takes it. @throws InferenceError 400 for content that it does not take */
  readonly texts: (service: string) => { readonly input: readonly string[]; readonly query?: string };
};

const onlyText = (service: string, task: TaskType, item: ContentItem): string => {
  if (item.type === 'text') return item.value;
  throw statusException(400, `The ${service} service does not support ${task} with non-text inputs`);
};

const singleItem = (service: string, group: readonly ContentItem[], index: number): ContentItem => {
  const [item, ...others] = group;
  if (item && others.length === 0) return item;
  throw statusException(
    400,
    `Field [content] must contain a single item for [${service}] service. [content] object with multiple items found at $.input.content[${index}]`,
  );
};

/**
 * Reads a body with the parser of its task type.
 *
 * @param pathTaskType - as the path named it; some messages depend on whether it did
 */
export const readInferenceBody = (
  taskType: TaskType,
  pathTaskType: TaskType | undefined,
  body: JsonDocument,
): InferenceBody => {
  switch (taskType) {
    case 'text_embedding':
    case 'sparse_embedding':
    case 'completion': {
      const { input, ...rest } = parseInferenceRequest(body, pathTaskType);
      return { ...rest, texts: () => ({ input }) };
    }
    case 'rerank': {
      const { input, query, ...rest } = parseRerankRequest(body);
      return {
        ...rest,
        texts: (service) => ({
          input: input.map((item) => onlyText(service, 'rerank', item)),
          query: onlyText(service, 'rerank', query),
        }),
      };
    }
    case 'embedding': {
      const { input, ...rest } = parseEmbeddingRequest(body);
      return {
        ...rest,
        texts: (service) => ({
          input: input.map((group, index) => onlyText(service, 'embedding', singleItem(service, group, index))),
        }),
      };
    }
    case 'chat_completion':
      return { taskSettings: {}, chat: parseChatRequest(body), texts: () => ({ input: [] }) };
  }
};
