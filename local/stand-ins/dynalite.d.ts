declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** DynamoDB's API over LevelDB; without `path` in memory. Closing the server closes the database. */
  export default function dynalite(options: {
    readonly path?: string | undefined;
    /** How long a new table is `CREATING`, in milliseconds. */
    readonly createTableMs?: number;
  }): Server;
}
