/** The regular expressions at which the strategy `recursive` cuts, coarsest first; `\n` in front of a heading is the character itself. */
export const separatorGroups = {
  plaintext: ['(?<!\\n)\\n\\n(?!\\n)', '(?<!\\n)\\n(?!\\n)'],
  markdown: [
    '\n# ',
    '\n## ',
    '\n### ',
    '\n#### ',
    '\n##### ',
    '\n###### ',
    '\n^(?!\\s*$).*\\n-{1,}\\n',
    '\n^(?!\\s*$).*\\n={1,}\\n',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type SeparatorGroup = keyof typeof separatorGroups;
