import { storesKeepTheirContract } from './contract.ts';
import { openMemory, openStandIns } from './open-stores.ts';

storesKeepTheirContract('memory', openMemory);
storesKeepTheirContract('DynamoDB and Secrets Manager', openStandIns);
