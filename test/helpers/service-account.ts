import { generateKeyPairSync } from 'node:crypto';

const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

export const { publicKey } = keys;

/** The key file of a service account that nobody but these tests knows. */
export const keyFile = {
  type: 'service_account',
  client_id: '1234',
  client_email: 'inlet@tide.iam.example',
  private_key: keys.privateKey,
  private_key_id: 'key-1',
};

/** What stands for the key file in the settings of exchanges. */
const placeholder = 'the key file of the tests';

/** Settings with the key file in its place, where they ask for it. */
export const withKeyFile = <Settings extends Readonly<Record<string, unknown>>>(settings: Settings) =>
  settings.service_account_json === placeholder
    ? { ...settings, service_account_json: JSON.stringify(keyFile) }
    : settings;
