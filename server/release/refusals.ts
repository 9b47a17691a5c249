import type { ErrorCode } from '../kernel/error-codes.ts'
import { Refusal } from '../kernel/errors.ts'
import { toNodeId } from '../kernel/node-id.ts'
import type { PackageVersion } from '../library/package-version.entity.ts'
import { authorizedStates } from '../item/item.lifecycle.ts'
import type { ConfigurationItem } from '../item/item.entity.ts'
import type { Release } from './release.entity.ts'

/** Only an authorized item can be a target. */
export class TargetNotAuthorized extends Refusal {
  static override code: ErrorCode = 'TARGET_NOT_AUTHORIZED'
  constructor(item: ConfigurationItem, field: string[]) {
    super(
      `${item.name} is ${item.state} and so cannot be a target: only an authorized item can be one. Promote it, or move it to ${authorizedStates.join(', ')}.`,
      { field, itemId: item.id, rule: 'target is authorized', evidence: { state: item.state } },
    )
  }
}

/** A class of item that software cannot be distributed to. */
export class NotTargetable extends Refusal {
  static override code: ErrorCode = 'NOT_TARGETABLE'
  constructor(item: ConfigurationItem, field: string[]) {
    super(`${item.name} is a ${item.className}; software cannot be distributed to items of that class.`, {
      field,
      itemId: item.id,
      rule: 'class can be a target',
      evidence: { className: item.className },
    })
  }
}

/** Only an available version can be a source. */
export class SourceNotAvailable extends Refusal {
  static override code: ErrorCode = 'SOURCE_NOT_AVAILABLE'
  constructor(version: PackageVersion, field: string[]) {
    const why = version.alert ? ` ${version.alert}` : ''
    super(`${version.displayName} is ${version.state} and so cannot be a source.${why}`, {
      field,
      itemId: version.id,
      rule: 'source is available',
      evidence: { state: version.state },
    })
  }
}

/** Whoever made or edited a release does not decide about it. */
export class DecidedByAuthor extends Refusal {
  static override code: ErrorCode = 'RELEASE_AUTHOR'
  constructor(release: Release, who: string) {
    super(`${who} made or edited ${release.number} and cannot decide about it: another person has to.`, {
      itemId: release.id,
      rule: 'approved by another person',
    })
  }
}

/** Before it is planned it is still being written, and when it is over nothing follows from a decision. */
export class ReleaseNotToDecide extends Refusal {
  static override code: ErrorCode = 'ILLEGAL_TRANSITION'
  constructor(release: Release) {
    super(`${release.number} is ${release.state}; it is approved or rejected while it is PLANNED or IN_PROGRESS.`, {
      itemId: release.id,
      rule: 'release is settled',
      evidence: { state: release.state },
    })
  }
}

/** What the approver looked at is not what the release says now. */
export class RevisionChanged extends Refusal {
  static override code: ErrorCode = 'REVISION_CHANGED'
  constructor(release: Release, signed: number) {
    super(`${release.number} was edited since you looked at it. Look again, then decide.`, {
      field: ['revision'],
      itemId: release.id,
      rule: 'approval signs a revision',
      evidence: { signed, now: release.revision },
    })
  }
}

/** Sources, targets and plans are settled once the release is under way. */
export class ReleaseNotEditable extends Refusal {
  static override code: ErrorCode = 'RELEASE_NOT_EDITABLE'
  constructor(release: Release) {
    super(`${release.number} is ${release.state}; it can be edited only while it is DRAFT or PLANNED.`, {
      itemId: toNodeId('rls', release.uuid),
      rule: 'release is editable',
      evidence: { state: release.state },
    })
  }
}
