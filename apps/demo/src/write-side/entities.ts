import { EntitySchema } from '@mikro-orm/core';
import type { Branding } from '../definitions/branding.ts';
import type { FeatureSettings } from '../definitions/feature-settings.ts';
import type { PlanSettings } from '../definitions/plan-settings.ts';

// Ordinary entities: nothing in here knows that they are replicated.

const id = { type: 'integer', primary: true, autoincrement: true } as const;
const tenantId = { type: 'string', length: 64, index: true } as const;

export const PlanSettingsSchema: EntitySchema<PlanSettings> = new EntitySchema<PlanSettings>({
  name: 'PlanSettings',
  properties: {
    id,
    tenantId,
    slug: { type: 'string', length: 64, nullable: true },
    name: { type: 'string' },
    seats: { type: 'integer' },
    limits: { type: 'json' },
    price: { type: 'decimal', precision: 10, scale: 2 },
    renewsAt: { type: 'datetime' },
    internalNotes: { type: 'text', nullable: true },
  },
  uniques: [{ properties: ['tenantId', 'slug'] }],
});

export const FeatureSettingsSchema: EntitySchema<FeatureSettings> = new EntitySchema<FeatureSettings>({
  name: 'FeatureSettings',
  properties: {
    id,
    tenantId,
    key: { type: 'string', length: 64 },
    flags: { type: 'json' },
    rollout: { type: 'integer' },
  },
  uniques: [{ properties: ['tenantId', 'key'] }],
});

export const BrandingSchema: EntitySchema<Branding> = new EntitySchema<Branding>({
  name: 'Branding',
  properties: {
    id,
    tenantId,
    domain: { type: 'string', length: 190, unique: true },
    colours: { type: 'json' },
    logoUrl: { type: 'string', nullable: true },
  },
});

export const schemas = {
  'plan-settings': PlanSettingsSchema,
  'feature-settings': FeatureSettingsSchema,
  branding: BrandingSchema,
} as const;
