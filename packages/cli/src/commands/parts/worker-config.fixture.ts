import { openPartOrm } from '../../../../admin/src/part-orm.fixture.ts';

/** The config file of `tenantry worker`. */
export default openPartOrm;
