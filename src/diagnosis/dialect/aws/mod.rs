//! AWS Load Balancer Controller, also as a part of EKS Auto Mode: its data plane is outside of the cluster.

use crate::diagnosis::dialect::args::Args;
use crate::diagnosis::dialect::image::Repository;
use crate::diagnosis::dialect::questions::{DataPlane, Dialect, Internal, Plane};
use crate::diagnosis::dialect::scope::Scope;

/// The make.
pub static AWS_LOAD_BALANCER: AwsLoadBalancer = AwsLoadBalancer;

/// AWS's controller.
pub struct AwsLoadBalancer;

impl Dialect for AwsLoadBalancer {
    fn slug(&self) -> &'static str {
        "aws-load-balancer"
    }

    fn title(&self) -> &'static str {
        "AWS Load Balancer Controller"
    }

    fn annotation_prefixes(&self) -> Vec<String> {
        vec!["alb.ingress.kubernetes.io/".to_owned()]
    }

    // The second is EKS Auto Mode's.
    fn controllers(&self) -> &'static [&'static str] {
        &["ingress.k8s.aws/alb", "eks.amazonaws.com/alb"]
    }

    fn class_names(&self) -> &'static [&'static str] {
        &["alb"]
    }

    fn labels(&self) -> &'static [&'static str] {
        &["aws-load-balancer-controller"]
    }

    fn is_image(&self, image: Repository) -> bool {
        image.is("aws-load-balancer-controller")
    }

    fn data_plane(&self) -> DataPlane {
        DataPlane::Elsewhere
    }

    // pkg/config/runtime_config.go.
    fn scope(&self, args: &Args) -> Scope {
        Scope::default().namespaces(args, "watch-namespace")
    }

    // pkg/ingress/group_loader.go (`classifyIngress`): --ingress-class, `alb` when left out.
    fn takes_annotation(&self, args: &Args, class: &str) -> bool {
        args.value("ingress-class").unwrap_or("alb") == class
    }

    // Certificates are those of ACM, by annotation or by the host's name.
    fn reads_secrets(&self) -> bool {
        false
    }

    // pkg/shared_constants: `ALBGatewayController`, `NLBGatewayController`.
    fn gateway_controllers(&self) -> &'static [&'static str] {
        &["gateway.k8s.aws/alb", "gateway.k8s.aws/nlb"]
    }

    fn plane(&self) -> Plane {
        Plane::Elsewhere
    }

    // pkg/ingress/model_build_load_balancer.go (`buildLoadBalancerScheme`): internal when left out.
    fn internal(&self) -> Option<Internal> {
        Some(Internal::Annotation {
            key: "alb.ingress.kubernetes.io/scheme",
            internal: "internal",
            public: "internet-facing",
        })
    }
}
