import { Role } from '#lib/gen/composia/v1/token_pb.ts';

/** The roles of people, and what each may do. */
export const PEOPLE = [
  { role: Role.VIEWER, name: 'viewer', may: 'see everything, logs and files too' },
  { role: Role.OPERATOR, name: 'operator', may: 'also deploy and operate' },
  { role: Role.ADMIN, name: 'admin', may: 'also hand out rights' }
] as const;

/** The word for a role. */
export function roleWord(role: Role): string {
  return Role[role].toLowerCase();
}
