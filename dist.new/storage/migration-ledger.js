/** The columns that `read` answers from, the same on both engines. */
export const RECORDED = `SELECT migration_name AS name, checksum,
  finished_at IS NOT NULL AS finished, rolled_back_at IS NOT NULL AS "rolledBack"
  FROM _prisma_migrations ORDER BY started_at`;
//# sourceMappingURL=migration-ledger.js.map