import type { EntityClass } from '@mikro-orm/postgresql'
import { Account } from './account/account.entity.ts'
import { Grant } from './account/grant.entity.ts'
import { AuditEntry } from './audit/audit-entry.entity.ts'
import { ActualItem } from './discovery/actual-item.entity.ts'
import { DiscoveryRun } from './discovery/discovery-run.entity.ts'
import { ConfigurationItem } from './item/item.entity.ts'
import { Relationship } from './item/relationship.entity.ts'
import { ManagementProduct } from './product/product.entity.ts'
import { PromotionScope } from './reconciliation/promotion-scope.entity.ts'
import { ReconciliationResult } from './reconciliation/reconciliation-result.entity.ts'
import { ReconciliationRun } from './reconciliation/reconciliation-run.entity.ts'

/** Every class that is a table. */
export const entities: EntityClass<object>[] = [
  Account,
  Grant,
  AuditEntry,
  ConfigurationItem,
  Relationship,
  ManagementProduct,
  ActualItem,
  DiscoveryRun,
  PromotionScope,
  ReconciliationRun,
  ReconciliationResult,
]
