import { Inject, Injectable, type OnApplicationShutdown, type Provider } from '@nestjs/common';
import { type GivenKeys, type OpenedBox, openSecretBox, SecretBox } from '@tutti/store';
import { DataSource } from 'typeorm';

/** The box with what follows the database. */
const OPENED_BOX = Symbol('OPENED_BOX');

@Injectable()
class SecretBoxCloser implements OnApplicationShutdown {
  constructor(@Inject(OPENED_BOX) private readonly opened: Pick<OpenedBox, 'close'>) {}

  onApplicationShutdown(): Promise<void> {
    return this.opened.close();
  }
}

/** Gives the box of the process. Its keys are checked against the database before anything uses it. */
export function secretBoxProviders(given: SecretBox | GivenKeys): Provider[] {
  if (given instanceof SecretBox) return [{ provide: SecretBox, useValue: given }];
  return [
    {
      provide: OPENED_BOX,
      inject: [DataSource],
      useFactory: (database: DataSource) => openSecretBox(database, given),
    },
    { provide: SecretBox, inject: [OPENED_BOX], useFactory: ({ box }: OpenedBox) => box },
    SecretBoxCloser,
  ];
}
