import { expect, it } from 'vitest';
import { BoundedTenants } from './bounded-tenants.ts';
import { Counter } from './counter.ts';
import { format } from './format.ts';
import { Histogram } from './histogram.ts';

it('spells what Prometheus would misread otherwise', () => {
  const counter = new Counter(['a', 'b']);
  counter.add(2, 'quote " back \\ line \n end', '');
  counter.add(0.5, 'quote " back \\ line \n end', '');
  counter.add(1, 'x', 'y');
  expect(
    format([{ name: 'n_total', type: 'counter', help: 'one \\ line\nand more', samples: counter.samples() }]),
  ).toBe(
    [
      '# HELP n_total one \\\\ line\\nand more',
      '# TYPE n_total counter',
      'n_total{a="quote \\" back \\\\ line \\n end",b=""} 2.5',
      'n_total{a="x",b="y"} 1',
      '',
    ].join('\n'),
  );
});

it('leaves out a family without values, and begins a counter without labels at 0', () => {
  const none = { name: 'a', type: 'counter', help: '', samples: new Counter(['code']).samples() } as const;
  const zero = { name: 'b', type: 'counter', help: 'b', samples: new Counter().samples() } as const;
  expect(format([none, zero])).toBe('# HELP b b\n# TYPE b counter\nb 0\n');
});

it('has buckets that each count those below, up to all of them', () => {
  const histogram = new Histogram('by');
  for (const ms of [0, 1, 1.1, 70_000]) histogram.observe(ms, 'commit');
  const text = format([{ name: 's', type: 'histogram', help: 's', samples: histogram.samples() }]);
  expect(text).toContain('s_bucket{by="commit",le="0.001"} 2\ns_bucket{by="commit",le="0.0025"} 3\n');
  expect(text).toContain('s_bucket{by="commit",le="60"} 3\ns_bucket{by="commit",le="+Inf"} 4\n');
  expect(text).toContain('s_sum{by="commit"} 70.0021\ns_count{by="commit"} 4\n');
});

it('gives the first tenants names of their own, and all others one', () => {
  const tenants = new BoundedTenants(2);
  expect(['acme', 'other', 'acme', 'zoo', ' eu', 'other'].map(tenant => tenants.nameOf(tenant))).toEqual([
    'tenants/acme',
    'tenants/other',
    'tenants/acme',
    'other',
    'other',
    'tenants/other',
  ]);
});
