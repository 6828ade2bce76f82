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
}

/** The one menu of the page, which lists of a thousand rows share: whose it is at the moment, and what it offers. */
class Menu {
  anchor = $state.raw<HTMLElement>();
  items = $state.raw<readonly MenuItem[]>([]);

  /** Open it at a button. */
  open(anchor: HTMLElement, items: readonly MenuItem[]): void {
    this.items = items;
    this.anchor = anchor;
  }

  close(): void {
    this.anchor = undefined;
  }
}

export const menu = new Menu();
