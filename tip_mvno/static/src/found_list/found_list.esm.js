import {ListRenderer} from "@web/views/list/list_renderer";
import {_t} from "@web/core/l10n/translation";
import {listView} from "@web/views/list/list_view";
import {markup} from "@odoo/owl";
import {registry} from "@web/core/registry";

/**
 * Says of a search that found nothing what was looked for. The help of an empty screen
 * tells how to begin, which is no answer to it.
 */
export class FoundListRenderer extends ListRenderer {
    static template = "tip_mvno.FoundListRenderer";

    get emptyHelp() {
        const typed = this.env.searchModel.facets
            .filter((facet) => facet.type === "field")
            .flatMap((facet) => facet.values);
        if (!typed.length) {
            return this.props.noContentHelp;
        }
        const found = _t("Nothing found for “%s”", typed.join("”, “"));
        const next = _t(
            "Any part of a number, CPF/CNPJ, ICCID, contract or name does, with punctuation or without."
        );
        return markup`<p class="o_view_nocontent_empty_folder">${found}</p><p>${next}</p>`;
    }
}

export const foundListView = {...listView, Renderer: FoundListRenderer};

registry.category("views").add("mvno_found_list", foundListView);
