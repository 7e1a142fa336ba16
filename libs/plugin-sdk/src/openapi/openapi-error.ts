/** Why no request can be made from an OpenAPI document; one of the standard kinds of Serverless Workflow. */
export class OpenApiError extends Error {
  override readonly name = 'OpenApiError';
  /** `configuration`: the document or its use is wrong; `validation`: the given parameters are. */
  readonly kind: 'configuration' | 'validation';

  constructor(kind: 'configuration' | 'validation', message: string) {
    super(message);
    this.kind = kind;
  }
}
