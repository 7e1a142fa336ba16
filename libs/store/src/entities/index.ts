import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A workflow by its name; its versions are immutable rows of their own. */
@Entity('workflows')
export class WorkflowEntity {
  @PrimaryColumn('uuid') id: string;
  @Column('text', { name: 'workspace_id' }) workspaceId: string;
  @Column('text') namespace: string;
  @Column('text') name: string;
  @Column('uuid', { name: 'current_version_id', nullable: true }) currentVersionId: string | null;
  @Column('boolean', { default: true }) enabled: boolean;
  @Column('text', { name: 'disabled_reason', nullable: true }) disabledReason: string | null;
  @Column('text', { name: 'disabled_by', nullable: true }) disabledBy: string | null;
  @Column('timestamptz', { name: 'disabled_at', nullable: true }) disabledAt: Date | null;
  @Column('uuid', { name: 'canary_version_id', nullable: true }) canaryVersionId: string | null;
  @Column('smallint', { name: 'canary_percent', nullable: true }) canaryPercent: number | null;
  @Column('timestamptz', { name: 'updated_at', default: () => 'clock_timestamp()' }) updatedAt: Date;
}

/** One immutable version of a workflow, named by the hash of its content. */
@Entity('workflow_versions')
export class WorkflowVersionEntity {
  @PrimaryColumn('uuid') id: string;
  @Column('text', { name: 'workspace_id' }) workspaceId: string;
  @Column('uuid', { name: 'workflow_id' }) workflowId: string;
  @Column('text') version: string;
  @Column('text', { name: 'content_hash' }) contentHash: string;
  @Column('text') source: string;
  @Column('text') definition: string;
  @Column('int', { default: 1 }) number: number;
  @Column('text', { nullable: true }) note: string | null;
  @Column('text', { name: 'created_by' }) createdBy: string;
  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' }) createdAt: Date;
}

/** A version of a routing policy; at most one per capability is active. */
@Entity('routing_policies')
export class RoutingPolicyEntity {
  @PrimaryColumn('uuid') id: string;
  @Column('text', { name: 'workspace_id' }) workspaceId: string;
  @Column('text') name: string;
  @Column('text') capability: string;
  @Column('int') version: number;
  @Column('text', { name: 'content_hash' }) contentHash: string;
  @Column('text') source: string;
  @Column('text') definition: string;
  @Column('boolean') active: boolean;
  @Column('text', { name: 'created_by' }) createdBy: string;
  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' }) createdAt: Date;
}

/** A plugin version as the connector host registered it; `description` is a PluginDescription in JSON. */
@Entity('plugins')
export class PluginEntity {
  @PrimaryColumn('text') name: string;
  @PrimaryColumn('text') version: string;
  @Column('int') contract: number;
  @Column('text') description: string;
  @Column('text') origin: string;
  @Column('text') state: 'loaded' | 'failed' | 'inactive' | 'quarantined';
  @Column('text', { nullable: true }) error: string | null;
  /** JSON of what holds it in; null: it runs in the process of the host. */
  @Column('text', { nullable: true }) guards: string | null;
}

/** A configured instance of a connector; `secrets` is sealed by the SecretBox. */
@Entity('connections')
export class ConnectionEntity {
  @PrimaryColumn('uuid') id: string;
  @Column('text', { name: 'workspace_id' }) workspaceId: string;
  @Column('text') name: string;
  @Column('text') plugin: string;
  @Column('text') settings: string;
  @Column('bytea', { nullable: true }) secrets: Buffer | null;
  @Column('boolean', { default: true }) enabled: boolean;
  @Column('text', { default: 'unknown' }) health: 'ok' | 'failing' | 'unknown';
  @Column('text', { name: 'health_detail', nullable: true }) healthDetail: string | null;
  @Column('timestamptz', { name: 'checked_at', nullable: true }) checkedAt: Date | null;
  @Column('int', { default: 1 }) revision: number;
  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' }) createdAt: Date;
  @Column('timestamptz', { name: 'updated_at', default: () => 'clock_timestamp()' }) updatedAt: Date;
}

export const ENTITIES = [
  WorkflowEntity,
  WorkflowVersionEntity,
  RoutingPolicyEntity,
  PluginEntity,
  ConnectionEntity,
];
