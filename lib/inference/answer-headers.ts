import type { Service, ServiceAnswer } from '../services/service.ts';

/** The headers of an answer that its caller gets. Other text than ASCII might not go out. */
export const callersHeaders = <S, T, K>(
  { answerHeaders = {} }: Service<S, T, K>,
  headers: ServiceAnswer['headers'],
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(answerHeaders).flatMap(([name, theirs]) => {
      const value = headers[theirs];
      return value !== undefined && /^[\t\x20-\x7e]*$/.test(value) ? [[name, value] as const] : [];
    }),
  );
