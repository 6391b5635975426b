import { parseJson } from '../api/json.ts';

/** The JSON of a frame's data; undefined where it is none. */
export const frameJson = (data: string): unknown => {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
};

/** The same where numbers must keep their digits, such as those in arguments of tool calls. */
export const exactFrameJson = (data: string): unknown => {
  try {
    return parseJson(data).value;
  } catch {
    return undefined;
  }
};
