type Bucket = { readonly isIdle: () => boolean };

/**
 * Buckets by name, made when first asked for.
 *
 * @param most - above so many, idle ones are forgotten, those used longest ago first. Forgetting an idle bucket gives nobody a slot
 *   too early; one that is in use stays
 */
export const createBuckets = <B extends Bucket>(most: number) => {
  /** In the order of their last use: a Map keeps insertion order. */
  const buckets = new Map<string, B>();

  const makeRoom = (): void => {
    for (const [name, bucket] of buckets) {
      if (buckets.size < most) return;
      if (bucket.isIdle()) buckets.delete(name);
    }
  };

  return {
    get: (name: string, create: () => B): B => {
      const known = buckets.get(name);
      if (known) buckets.delete(name);
      else makeRoom();
      const bucket = known ?? create();
      buckets.set(name, bucket);
      return bucket;
    },
    size: (): number => buckets.size,
  };
};
