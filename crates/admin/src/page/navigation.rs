//! The navigation: the sections that someone may open, in groups. On a wide screen it stands beside the page; on a
//! narrow one it is folded into a menu, which opens without a script. The overview shows the same groups.

use leptos::prelude::*;

use crate::Desk;
use crate::screens::{Group, Section};
use crate::visit::Visit;

/// The groups with the sections that this person may open; none is empty.
pub(crate) fn groups<'a>(desk: &'a Desk, visit: &Visit) -> Vec<(Group, Vec<&'a Section>)> {
    let of = |group: Group| {
        let sections = desk.sections.iter();
        let open = sections.filter(|section| section.group == group && visit.may(section.needs));
        (group, open.collect::<Vec<_>>())
    };
    let groups = Group::ALL.map(of).into_iter();
    groups.filter(|(_, open)| !open.is_empty()).collect()
}

/// Beside the page.
pub(super) fn beside(desk: &Desk, visit: &Visit) -> AnyView {
    view! {
        <nav class="admin-nav" aria-label="Admin">{links(desk, visit, "beside")}</nav>
    }
    .into_any()
}

/// Folded, above the page.
pub(super) fn menu(desk: &Desk, visit: &Visit) -> AnyView {
    view! {
        <details class="admin-menu disclosure">
            <summary>"Menu"</summary>
            <nav class="admin-menu-groups" aria-label="Admin">{links(desk, visit, "menu")}</nav>
        </details>
    }
    .into_any()
}

/// `place` tells the ids of the two navigations apart.
fn links(desk: &Desk, visit: &Visit, place: &str) -> Vec<AnyView> {
    let link = |path: &'static str, title: &'static str| {
        let here = here(path, &visit.path);
        view! { <li><a href=path aria-current=here>{title}</a></li> }
    };
    let start = view! { <ul>{link("/mgmt", "Overview")}</ul> };
    let groups = groups(desk, visit).into_iter().map(|(group, sections)| {
        let title = group.as_str();
        let id = format!("{place}-{}", title.to_lowercase());
        let sections = sections.into_iter();
        let links: Vec<_> = sections
            .map(|section| link(section.path, section.title))
            .collect();
        view! {
            <div>
                <p class="admin-nav-title" id=id.clone()>{title}</p>
                <ul aria-labelledby=id>{links}</ul>
            </div>
        }
        .into_any()
    });
    std::iter::once(start.into_any()).chain(groups).collect()
}

/// What a link says of the page that is shown: that it is the one, or that it belongs to its section.
pub(super) fn here(section: &str, path: &str) -> Option<&'static str> {
    let rest = path.strip_prefix(section)?;
    match rest {
        "" => Some("page"),
        _ if rest.starts_with('/') && section != "/mgmt" => Some("true"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::here;

    #[test]
    fn a_page_belongs_to_one_section() {
        assert_eq!(here("/mgmt/keys", "/mgmt/keys"), Some("page"));
        assert_eq!(here("/mgmt/keys", "/mgmt/keys/new"), Some("true"));
        assert_eq!(here("/mgmt/key", "/mgmt/keys"), None);
        assert_eq!(here("/mgmt", "/mgmt"), Some("page"));
        assert_eq!(here("/mgmt", "/mgmt/keys"), None);
    }
}
