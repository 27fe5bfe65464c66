//! What is judged once all items have been given.

use super::super::FindingCode;
use super::super::params::Params;
use super::ItemChecker;
use super::known::{Known, Link};

impl ItemChecker {
    /// References that stayed without a target, and SIRETs whose declarant came later.
    pub(super) fn resolve(&mut self) {
        let Self { known, total, .. } = self;
        let Known { open, sirets, .. } = known;
        let (open, sirets) = (std::mem::take(open), std::mem::take(sirets));
        for link in Link::ALL {
            let missing = |target: u64| !known.items(link.to()).contains(target);
            let mut left: u64 = 0;
            for (_, awaited) in known.awaited(link).iter().filter(|(target, _)| missing(*target)) {
                left += u64::from(awaited.count);
            }
            let model = link.from().model();
            for open in open.iter().filter(|open| open.link == link && missing(open.target)) {
                left = left.saturating_sub(1);
                let before = total.kept.len();
                let params = Params::field(link.key()).value(&open.value);
                total.push(FindingCode::UnknownReference, model, 0, params, || open.pointer.clone().into());
                if let Some(finding) = total.kept.get_mut(before) {
                    finding.id.clone_from(&open.id);
                }
            }
            total.add(FindingCode::UnknownReference, model, left);
        }
        for open in sirets {
            let Some(siren) = known.sirens.get(open.declarant).filter(|siren| *siren != open.siren) else { continue };
            let model = super::super::index::Kind::Property.model();
            let Some((pointer, id, siret)) = open.detail.map(|detail| *detail) else {
                total.add(FindingCode::SiretOfOtherCompany, model, 1);
                continue;
            };
            let before = total.kept.len();
            let params = Params::field("siretId").value(&siret).other(&format!("{siren:09}"));
            total.push(FindingCode::SiretOfOtherCompany, model, 0, params, || pointer);
            if let Some(finding) = total.kept.get_mut(before) {
                finding.id = id.map(Into::into);
            }
        }
    }
}
