import { SECRET_BYTES_MAX, SECRET_NAME, type SecretItem } from '@tutti/contracts';
import { SecretBox } from '@tutti/store';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../access/access.types.js';
import { AuditService } from '../audit/audit.service.js';
import { type Page, decodeCursor, pageFrom } from '../database/page.js';
import { ProblemError } from '../problems/problem.error.js';
import { deleteSecret, listSecrets, secretNamesOf, upsertSecret } from './secrets.queries.js';

const SECRETS_MAX = 1_000;

interface SecretAction {
  caller: Caller;
  origin: string;
  name: string;
}

/**
 * Secrets of a workspace for its workflows. Their values go in sealed and come out to connector hosts only.
 */
@Injectable()
export class SecretsService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(SecretBox) private readonly box: SecretBox,
    @Inject(AuditService) private readonly audit: AuditService,
  ) {}

  async list(
    workspaceId: string,
    query: { cursor?: string | undefined; limit: number },
  ): Promise<Page<SecretItem>> {
    const after = decodeCursor(query.cursor);
    const rows = await listSecrets(this.dataSource, { workspaceId, after, limit: query.limit + 1 });
    return pageFrom(rows, query.limit, { item: (row) => row, key: ({ name }) => name });
  }

  async put(put: SecretAction & { value: unknown }): Promise<SecretItem> {
    const { name, caller, origin } = put;
    const { workspaceId, subject: by } = caller;
    checkName(name);
    const value = JSON.stringify(put.value);
    if (Buffer.byteLength(value) > SECRET_BYTES_MAX)
      throw new ProblemError('invalid-input', `A secret has at most ${SECRET_BYTES_MAX} bytes.`);
    const sealed = this.box.seal({ value }, { workspaceId, secret: name });
    return this.dataSource.transaction(async (manager) => {
      const { created, ...item } = await upsertSecret(manager, { workspaceId, name, sealed, by });
      if (created && (await secretNamesOf(manager, workspaceId)).size > SECRETS_MAX)
        throw new ProblemError(
          'conflict',
          `A workspace has at most ${SECRETS_MAX} secrets. Remove one first.`,
        );
      const action = created ? 'secret.created' : 'secret.changed';
      await this.audit.append(manager, { caller, origin, action, target: `secret:${name}` });
      return item;
    });
  }

  async remove({ caller, origin, name }: SecretAction): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      if (!(await deleteSecret(manager, caller.workspaceId, name)))
        throw new ProblemError('not-found', `There is no secret "${name.slice(0, 64)}".`);
      const action = 'secret.removed';
      await this.audit.append(manager, { caller, origin, action, target: `secret:${name}` });
    });
  }
}

function checkName(name: string): void {
  if (SECRET_NAME.test(name)) return;
  throw new ProblemError(
    'invalid-request',
    'The name of a secret is 1 to 64 letters, digits, dots, dashes and underscores, such as "crm-token".',
  );
}
