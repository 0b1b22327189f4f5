import type { Migration } from './migration-files.ts';

/** A row of Prisma's table `_prisma_migrations`. */
export interface RecordedMigration {
  name: string;
  checksum: string;
  finished: boolean;
  rolledBack: boolean;
}

/** What each engine knows about applying migrations. */
export interface MigrationLedger {
  /** What is recorded; nothing where there is no table yet. */
  read(): Promise<RecordedMigration[]>;
  /** Does the work while no other process does the same; makes the table first. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  /** Runs the SQL and records it, both or neither. Only within `exclusively`. */
  apply(migration: Migration): Promise<void>;
  close(): Promise<void>;
}

/** The columns that `read` answers from, the same on both engines. */
export const RECORDED = `SELECT migration_name AS name, checksum,
  finished_at IS NOT NULL AS finished, rolled_back_at IS NOT NULL AS "rolledBack"
  FROM _prisma_migrations ORDER BY started_at`;
