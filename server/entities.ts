import type { EntityClass } from '@mikro-orm/postgresql'
import { Account } from './account/account.entity.ts'
import { ApiToken } from './account/api-token.entity.ts'
import { Grant } from './account/grant.entity.ts'
import { DefaultView } from './account/default-view.entity.ts'
import { SavedView } from './account/saved-view.entity.ts'
import { Approval } from './approval/approval.entity.ts'
import { AuditEntry } from './audit/audit-entry.entity.ts'
import { Attempt } from './deployment/attempt.entity.ts'
import { DeploymentHold } from './deployment/care/hold.entity.ts'
import { Deployment } from './deployment/deployment.entity.ts'
import { Evidence } from './deployment/evidence.entity.ts'
import { DeploymentTarget } from './deployment/target.entity.ts'
import { ActualItem } from './discovery/actual-item.entity.ts'
import { IdentityQuestion } from './discovery/identity/question.entity.ts'
import { DiscoveryRun } from './discovery/discovery-run.entity.ts'
import { HostKey } from './discovery/host-key.entity.ts'
import { ConfigurationItem } from './item/item.entity.ts'
import { Relationship } from './item/relationship.entity.ts'
import { PackageVersion } from './library/package-version.entity.ts'
import { Package } from './library/package.entity.ts'
import { RepositoryScan } from './library/repository-scan.entity.ts'
import { Repository } from './library/repository.entity.ts'
import { ManagementProduct } from './product/product.entity.ts'
import { PromotionScope } from './reconciliation/promotion-scope.entity.ts'
import { ReconciliationIgnoreRule } from './reconciliation/ignore-rule.entity.ts'
import { UnplannedDecision } from './reconciliation/unplanned-decision.entity.ts'
import { ReconciliationResult } from './reconciliation/reconciliation-result.entity.ts'
import { ReconciliationRun } from './reconciliation/reconciliation-run.entity.ts'
import { ReconciliationTask } from './reconciliation/reconciliation-task.entity.ts'
import { Release } from './release/release.entity.ts'
import { Task } from './task/task.entity.ts'
import { Finding } from './validation/finding.entity.ts'
import { Validation } from './validation/validation.entity.ts'

/** Every class that is a table. */
export const entities: EntityClass<object>[] = [
  Account,
  ApiToken,
  Grant,
  SavedView,
  DefaultView,
  AuditEntry,
  ConfigurationItem,
  Relationship,
  Repository,
  RepositoryScan,
  Package,
  PackageVersion,
  Release,
  Task,
  Deployment,
  DeploymentHold,
  DeploymentTarget,
  Attempt,
  Evidence,
  ManagementProduct,
  ActualItem,
  DiscoveryRun,
  IdentityQuestion,
  HostKey,
  PromotionScope,
  ReconciliationRun,
  ReconciliationTask,
  ReconciliationIgnoreRule,
  UnplannedDecision,
  ReconciliationResult,
  Validation,
  Finding,
  Approval,
]
