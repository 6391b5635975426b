import * as z from 'zod';
import { float } from '../api/float.ts';

/** Weights under their tokens, from JSON that was read as maps: objects would put number-like tokens first. */
export const weights = z.map(z.string(), float, 'is no object of weights').transform((tokens) => [...tokens]);
