import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Plugin packages that were installed, where they run, and which workflow versions need which of them. */
export class PluginPackages1763770004040 implements MigrationInterface {
  name = 'PluginPackages1763770004040';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(TABLES);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The migration cannot be reverted; restore a back-up instead.'));
  }
}

// A tarball is compressed already, so that it is stored as it is.
const TABLES = `
CREATE TABLE plugin_packages (
  name text NOT NULL, version text NOT NULL, package_name text NOT NULL, integrity text NOT NULL, tarball bytea NOT NULL,
  source text NOT NULL, state text NOT NULL
    CHECK (state IN ('waiting', 'proposed', 'failed', 'active', 'inactive', 'withdrawn')),
  summary text, description text, log text, revision int NOT NULL DEFAULT 1,
  requested_by text NOT NULL, requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  approved_by text, activated_at timestamptz,
  PRIMARY KEY (name, version)
);
ALTER TABLE plugin_packages ALTER COLUMN tarball SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX plugin_packages_active ON plugin_packages (name) WHERE state = 'active';
CREATE TABLE plugin_hosts (
  name text NOT NULL, version text NOT NULL, instance_id uuid NOT NULL, state text NOT NULL
    CHECK (state IN ('loaded', 'failed', 'quarantined')),
  log text, at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (name, version, instance_id), FOREIGN KEY (name, version) REFERENCES plugin_packages ON DELETE CASCADE
);
CREATE TABLE workflow_plugins (
  workflow_version_id uuid NOT NULL REFERENCES workflow_versions ON DELETE CASCADE, plugin text NOT NULL, version text NOT NULL,
  PRIMARY KEY (workflow_version_id, plugin)
);
CREATE INDEX workflow_plugins_plugin ON workflow_plugins (plugin, version);
`;
