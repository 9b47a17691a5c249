import type { MigrationObject } from '@mikro-orm/core'
import { Migration20261123_10_kernel } from './Migration20261123_10_kernel.ts'
import { Migration20261123_20_accounts } from './Migration20261123_20_accounts.ts'
import { Migration20261123_30_estate } from './Migration20261123_30_estate.ts'
import { Migration20261123_40_supply } from './Migration20261123_40_supply.ts'
import { Migration20261123_50_deployment } from './Migration20261123_50_deployment.ts'
import { Migration20261123_60_validation } from './Migration20261123_60_validation.ts'
import { Migration20261125_20_catalogue } from './Migration20261125_20_catalogue.ts'
import { Migration20261125_30_identity } from './Migration20261125_30_identity.ts'
import { Migration20261125_50_watched_folders } from './Migration20261125_50_watched_folders.ts'
import { Migration20261125_55_host_keys } from './Migration20261125_55_host_keys.ts'
import { Migration20261125_60_time } from './Migration20261125_60_time.ts'
import { Migration20261125_61_reconciliation } from './Migration20261125_61_reconciliation.ts'
import { Migration20261126_40_discovery_files } from './Migration20261126_40_discovery_files.ts'
import { Migration20261126_70_states } from './Migration20261126_70_states.ts'
import { Migration20261126_80_item_order } from './Migration20261126_80_item_order.ts'
import { Migration20261126_81_item_changes } from './Migration20261126_81_item_changes.ts'
import { Migration20261126_82_left_out } from './Migration20261126_82_left_out.ts'
import { Migration20261126_83_relationship_range } from './Migration20261126_83_relationship_range.ts'
import { Migration20261126_90_bulk_loads } from './Migration20261126_90_bulk_loads.ts'
import { Migration20261126_90_protected_states } from './Migration20261126_90_protected_states.ts'
import { Migration20261126_91_saved_views } from './Migration20261126_91_saved_views.ts'
import { Migration20261126_92_stale_values } from './Migration20261126_92_stale_values.ts'
import { Migration20261126_93_table_sources } from './Migration20261126_93_table_sources.ts'
import { Migration20261126_94_launch_templates } from './Migration20261126_94_launch_templates.ts'
import { Migration20261126_95_presence } from './Migration20261126_95_presence.ts'
import { Migration20261126_96_bring_back } from './Migration20261126_96_bring_back.ts'
import { Migration20261126_97_questions_by_run } from './Migration20261126_97_questions_by_run.ts'
import { Migration20261126_98_changes_by_start } from './Migration20261126_98_changes_by_start.ts'
import { Migration20261127_99_seen_again } from './Migration20261127_99_seen_again.ts'
import { Migration20261127_100_target_moves } from './Migration20261127_100_target_moves.ts'
import { Migration20261127_102_matches } from './Migration20261127_102_matches.ts'
import { Migration20261127_103_unplanned } from './Migration20261127_103_unplanned.ts'
import { Migration20261127_105_worked_out } from './Migration20261127_105_worked_out.ts'
import { Migration20261127_107_lighter_loads } from './Migration20261127_107_lighter_loads.ts'
import { Migration20261127_110_insert_from } from './Migration20261127_110_insert_from.ts'
import { Migration20261127_111_reviews } from './Migration20261127_111_reviews.ts'
import { Migration20261127_112_change_lines } from './Migration20261127_112_change_lines.ts'
import { Migration20261128_113_holds } from './Migration20261128_113_holds.ts'
import { Migration20261128_114_notes_and_acknowledgements } from './Migration20261128_114_notes_and_acknowledgements.ts'

/** Every migration, in order. One file each, never edited after landing. */
export const migrations: MigrationObject[] = [
  { name: 'Migration20261123_10_kernel', class: Migration20261123_10_kernel },
  { name: 'Migration20261123_20_accounts', class: Migration20261123_20_accounts },
  { name: 'Migration20261123_30_estate', class: Migration20261123_30_estate },
  { name: 'Migration20261123_40_supply', class: Migration20261123_40_supply },
  { name: 'Migration20261123_50_deployment', class: Migration20261123_50_deployment },
  { name: 'Migration20261123_60_validation', class: Migration20261123_60_validation },
  { name: 'Migration20261125_20_catalogue', class: Migration20261125_20_catalogue },
  { name: 'Migration20261125_30_identity', class: Migration20261125_30_identity },
  { name: 'Migration20261125_50_watched_folders', class: Migration20261125_50_watched_folders },
  { name: 'Migration20261125_55_host_keys', class: Migration20261125_55_host_keys },
  { name: 'Migration20261125_60_time', class: Migration20261125_60_time },
  { name: 'Migration20261125_61_reconciliation', class: Migration20261125_61_reconciliation },
  { name: 'Migration20261126_40_discovery_files', class: Migration20261126_40_discovery_files },
  { name: 'Migration20261126_70_states', class: Migration20261126_70_states },
  { name: 'Migration20261126_80_item_order', class: Migration20261126_80_item_order },
  { name: 'Migration20261126_81_item_changes', class: Migration20261126_81_item_changes },
  { name: 'Migration20261126_82_left_out', class: Migration20261126_82_left_out },
  { name: 'Migration20261126_83_relationship_range', class: Migration20261126_83_relationship_range },
  { name: 'Migration20261126_90_bulk_loads', class: Migration20261126_90_bulk_loads },
  { name: 'Migration20261126_90_protected_states', class: Migration20261126_90_protected_states },
  { name: 'Migration20261126_91_saved_views', class: Migration20261126_91_saved_views },
  { name: 'Migration20261126_92_stale_values', class: Migration20261126_92_stale_values },
  { name: 'Migration20261126_93_table_sources', class: Migration20261126_93_table_sources },
  { name: 'Migration20261126_94_launch_templates', class: Migration20261126_94_launch_templates },
  { name: 'Migration20261126_95_presence', class: Migration20261126_95_presence },
  { name: 'Migration20261126_96_bring_back', class: Migration20261126_96_bring_back },
  { name: 'Migration20261126_97_questions_by_run', class: Migration20261126_97_questions_by_run },
  { name: 'Migration20261126_98_changes_by_start', class: Migration20261126_98_changes_by_start },
  { name: 'Migration20261127_99_seen_again', class: Migration20261127_99_seen_again },
  { name: 'Migration20261127_100_target_moves', class: Migration20261127_100_target_moves },
  { name: 'Migration20261127_102_matches', class: Migration20261127_102_matches },
  { name: 'Migration20261127_103_unplanned', class: Migration20261127_103_unplanned },
  { name: 'Migration20261127_105_worked_out', class: Migration20261127_105_worked_out },
  { name: 'Migration20261127_107_lighter_loads', class: Migration20261127_107_lighter_loads },
  { name: 'Migration20261127_110_insert_from', class: Migration20261127_110_insert_from },
  { name: 'Migration20261127_111_reviews', class: Migration20261127_111_reviews },
  { name: 'Migration20261127_112_change_lines', class: Migration20261127_112_change_lines },
  { name: 'Migration20261128_113_holds', class: Migration20261128_113_holds },
  {
    name: 'Migration20261128_114_notes_and_acknowledgements',
    class: Migration20261128_114_notes_and_acknowledgements,
  },
]
