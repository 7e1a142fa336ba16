import { Core1763770000000 } from './1763770000000-core.migration.js';

/** All migrations in their order. A name that the database has and this list has not means that the data is newer than the program. */
export const MIGRATIONS = [Core1763770000000];
