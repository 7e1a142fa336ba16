/** Makes sign-ins of people where plugins run: in the connector host, which the composition binds to this. */
export interface ConnectionSignIns {
  /** The address to open, or why there is none. */
  begin(request: {
    workspaceId: string;
    connection: string;
    redirectUri: string;
    returnTo: string | null;
    by: string;
  }): Promise<{ id: string; url: string; expiresAt: string } | { error: string }>;
  /** `by`: who began it. `connection` is null when no sign-in was expected to end so. */
  finish(answer: {
    state: string;
    code?: string | undefined;
    error?: string | undefined;
    errorDescription?: string | undefined;
    iss?: string | undefined;
  }): Promise<{
    ok: boolean;
    detail: string;
    connection: string | null;
    workspaceId: string | null;
    returnTo: string | null;
    by: string | null;
  }>;
}

/** Injection token; null where no connector host is at hand. */
export const CONNECTION_SIGN_INS = Symbol('CONNECTION_SIGN_INS');
