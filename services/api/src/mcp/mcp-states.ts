import { createRequestStateCodec, type RequestStateCodec } from '@modelcontextprotocol/server';
import { SecretBox } from '@tutti/store';
import { Inject, Injectable } from '@nestjs/common';
import { API_CONFIG, ApiConfig } from '../config/api.config.js';

/**
 * Signs what clients hand back with their answers, so that nobody makes it up. Under the hub's own key: every
 * process of it understands what another one asked.
 */
@Injectable()
export class McpStates {
  readonly codec: RequestStateCodec;

  constructor(@Inject(API_CONFIG) config: ApiConfig, @Inject(SecretBox) box: SecretBox) {
    const key = box.derive('mcp-request-state');
    this.codec = createRequestStateCodec({ key, ttlSeconds: config.mcpStateSeconds });
  }
}
