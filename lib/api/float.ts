import * as z from 'zod';

/** Rounds to infinity as float32, and no more: from here on JSON has no number for it. */
const beyondFloat32 = 2 ** 128 - 2 ** 103;

/** Whether a number can be written as a float32. */
export const fitsFloat = (number: number): boolean => Math.abs(number) < beyondFloat32;

/** A number of an answer that callers get as a float32: a score, a weight. */
export const float = z.number().refine(fitsFloat, 'is out of range for a float');
