/** The endpoint of the ML node, in a stack of its own: both stacks make its name from the prefix, so that neither needs the other. */
export const mlNodeName = (prefix: string): string => `${prefix}-ml-node`;
