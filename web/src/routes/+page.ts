import { redirect } from '@sveltejs/kit';

/** The services are what people come for. */
export function load(): never {
  redirect(307, '/services');
}
