import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';

/**
 * Whether the condition of a write held. The SDK repeats a call whose answer got lost; the repetition then fails against what the
 * first try wrote, and only `isDone` can tell that from a lost race.
 */
export const conditionHeld = async (write: Promise<unknown>, isDone: () => Promise<boolean>): Promise<boolean> => {
  try {
    await write;
    return true;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    const repeated = (error.$metadata.attempts ?? 1) > 1;
    return repeated && isDone();
  }
};
