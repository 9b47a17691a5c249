/**
 * SQL: `release_approval a` approves `release r` as it is now: it signed this revision, and nobody rejected that afterwards.
 */
export const isApproval = `(a.decision = 'APPROVED' and a.revision = r.revision and not exists (
  select from release_approval later where later.release_id = r.uuid and later.revision = r.revision
    and later.decision = 'REJECTED' and (later.created_at, later.uuid) > (a.created_at, a.uuid)))`
