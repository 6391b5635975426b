import * as z from 'zod';
import { statusException } from '../api/errors.ts';
import { urlProblem } from '../api/settings.ts';
import type { Auth, TokenRefusal } from '../transport/types.ts';
import { frameJson } from './frame-json.ts';

// A service account's key file, as Google's own library reads it: the same checks in the same order, in the same words.

const refuse = (reason: string): never => {
  throw statusException(403, reason);
};

const text = z.string().optional().catch(undefined);
const keyFile = z
  .object({
    type: text,
    client_id: text,
    client_email: text,
    private_key: text,
    private_key_id: text,
    token_uri: text,
  })
  .catch(() => refuse('Error reading credentials from stream, it is no JSON object.'));

const scope = 'https://www.googleapis.com/auth/cloud-platform';
/** Stays the same for accounts whose tokens come from elsewhere. */
const audience = 'https://oauth2.googleapis.com/token';

const lastLine = '-----END PRIVATE KEY-----';

/** A PKCS#8 key in PEM, whatever stands around it. */
const pemIn = (text: string): string | undefined => {
  const start = text.indexOf('-----BEGIN PRIVATE KEY-----');
  const end = start < 0 ? -1 : text.indexOf(lastLine, start);
  return end < 0 ? undefined : text.slice(start, end + lastLine.length);
};

const readKeyFile = (json: string) => {
  const { type, token_uri = audience, ...file } = keyFile.parse(frameJson(json));
  if (type === undefined) return refuse(`Error reading credentials from stream, 'type' field not specified.`);
  if (type !== 'service_account') {
    return refuse(
      `Error reading credentials from stream, 'type' value '${type}' not recognized. Expecting 'service_account'.`,
    );
  }
  if (urlProblem(token_uri)) return refuse(`Token server URI specified in 'token_uri' could not be parsed.`);
  const { client_id, client_email, private_key, private_key_id } = file;
  if (
    client_id === undefined ||
    client_email === undefined ||
    private_key === undefined ||
    private_key_id === undefined
  ) {
    return refuse(
      `Error reading service account credential from JSON, expecting  'client_id', 'client_email', 'private_key' and 'private_key_id'.`,
    );
  }
  const key = pemIn(private_key);
  if (key === undefined) return refuse('Invalid PKCS#8 data.');
  return { tokenUri: token_uri, email: client_email, key, keyId: private_key_id };
};

const refusalReason = ({ error, description }: TokenRefusal, email: string): string => {
  // Token servers name an error; without one it is the key that cannot sign.
  if (error === undefined && description !== undefined) return description;
  const said = [error, description].filter((word) => word !== undefined).join(': ');
  return `Error getting access token for service account: ${said || 'no reason was given'}, iss: ${email}`;
};

/**
 * What a service account's key file proves: a signed JWT, which is exchanged for an access token.
 *
 * @param json - the file's text
 * @throws InferenceError 403 for a file that cannot be used
 */
export const serviceAccountAuth = (json: string): Auth => {
  const { tokenUri, email, key, keyId } = readKeyFile(json);
  return {
    type: 'jwtBearer',
    tokenUri,
    header: { kid: keyId },
    claims: { iss: email, scope, aud: audience },
    key,
    refused: (refusal) => ({ status: 403, reason: refusalReason(refusal, email) }),
  };
};
