/** The JSON of a frame's data; undefined where it is none. */
export const frameJson = (data: string): unknown => {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
};
