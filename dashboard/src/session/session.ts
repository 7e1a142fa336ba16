/** Answer of `POST /v1/sessions`. */
export interface Session {
  token: string;
  expiresAt: string;
}
