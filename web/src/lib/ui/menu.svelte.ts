import type { Component } from 'svelte';

/** One thing that a menu offers; with `href` it is a link. */
export interface MenuItem {
  name: string;
  icon?: Component<{ class?: string; 'aria-hidden'?: 'true' }>;
  href?: string;
  run?: () => void;
  /** It cannot be taken back. */
  danger?: boolean;
  /** Why it is not possible now. */
  not?: string;
  /** A line above it. */
  apart?: boolean;
  /** Whether it is on: it is switched, and the menu stays. */
  checked?: boolean;
}

/** The one menu of the page, which lists of a thousand rows share: whose it is at the moment, and what it offers. */
class Menu {
  anchor = $state.raw<HTMLElement>();
  #items = $state.raw<() => readonly MenuItem[]>(() => []);

  get items(): readonly MenuItem[] {
    return this.#items();
  }

  /** Open it at a button; items that change while it is open are given by a function. */
  open(anchor: HTMLElement, items: readonly MenuItem[] | (() => readonly MenuItem[])): void {
    this.#items = typeof items === 'function' ? items : () => items;
    this.anchor = anchor;
  }

  close(): void {
    this.anchor = undefined;
  }
}

export const menu = new Menu();
